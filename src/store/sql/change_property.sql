-- A property is of a further kind, or hidden from now on.
UPDATE property_columns SET type = $2, hidden = $3 WHERE column_name = $1;
