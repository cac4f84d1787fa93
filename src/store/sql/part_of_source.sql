-- Rows of one source.
source = {{value}}
