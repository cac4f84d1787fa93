-- A list with this value, as the list's type has it.
list_contains({{column}}, TRY_CAST({{value}} AS {{type}}))
