-- A filter: this value, which is not empty.
AND value_text({{column}}) = value_given({{column}}, {{value}})
