-- Remembers a property's column.
INSERT INTO property_columns (column_name, type, list, hidden, property)
VALUES ($1, $2, $3, $4, $5);
