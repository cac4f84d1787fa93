-- A value whose text is the same in any language.
CAST({{value}} AS VARCHAR)
