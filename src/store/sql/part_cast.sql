-- A value in the type that holds all kinds of its property.
CAST({{value}} AS {{other}})
