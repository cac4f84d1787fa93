-- The part that a row is of, in a column of its name.
c.part AS {{name}},
