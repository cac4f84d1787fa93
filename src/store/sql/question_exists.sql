-- Whether a name is one of the database's: it compiles.
SELECT 1 FROM {{name}} LIMIT 0;
