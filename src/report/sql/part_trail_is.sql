-- This value.
{{column}} = {{value}}
