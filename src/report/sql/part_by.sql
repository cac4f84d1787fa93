-- What the rows are grouped by, as the first column.
{{column}} AS {{name}},
