-- The column that the rows are grouped by.
part AS {{name}},
