-- What is absent has a name, too.
coalesce(CAST({{value}} AS VARCHAR), '(none)')
