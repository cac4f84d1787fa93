-- One dimension as a column.
coalesce({{values}}) AS {{name}},
