-- Of robots that are not our own.
AND coalesce({{alias}}.bot, false) AND NOT {{internal}}
