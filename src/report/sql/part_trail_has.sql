-- A list with this value.
list_contains({{column}}, {{value}})
