-- A table of a model goes.
DROP TABLE IF EXISTS {{table}};
