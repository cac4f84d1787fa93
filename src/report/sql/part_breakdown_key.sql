-- A value as text; what is absent has a name, too.
coalesce(nullif(CAST({{value}} AS VARCHAR), ''), '(none)')
