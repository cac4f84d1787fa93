-- Where those who may not see hidden values look first: the same names, without such values.
CREATE SCHEMA IF NOT EXISTS shown;
