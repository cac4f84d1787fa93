-- Neither of robots nor internal.
AND NOT coalesce({{alias}}.bot, false) AND NOT {{internal}}
