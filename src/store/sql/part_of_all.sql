-- Rows of any source.
true
