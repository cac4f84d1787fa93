-- One of the columns that the rows are grouped by.
t.{{key}} AS {{name}},
