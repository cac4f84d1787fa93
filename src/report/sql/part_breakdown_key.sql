-- A value as text; what is absent has a name, too.
coalesce(nullif(value_text({{value}}), ''), '(none)')
