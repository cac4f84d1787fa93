-- A shared column, for the rows in which it holds the property.
CASE WHEN shape IN ({{value}}) THEN {{other}} END
