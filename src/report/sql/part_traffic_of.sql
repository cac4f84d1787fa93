-- Whose an event is.
CASE WHEN {{internal}} THEN 'internal' WHEN coalesce({{alias}}.bot, false) THEN 'bots' ELSE 'people' END
