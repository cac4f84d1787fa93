-- This value, as the column's type has it.
{{column}} = TRY_CAST({{value}} AS {{type}})
