-- The properties in the order in which they came.
SELECT property, column_name, hidden FROM property_columns ORDER BY number;
