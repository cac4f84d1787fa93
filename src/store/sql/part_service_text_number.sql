-- A number.
value_text({{value}})
