-- Remembers that a property's column was widened, or is hidden from now on.
UPDATE property_columns SET type = $2, list = $3, hidden = $4 WHERE column_name = $1;
