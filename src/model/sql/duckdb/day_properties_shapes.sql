-- Where the values are of properties that are texts or booleans, and that everybody may see.
CREATE OR REPLACE TEMP TABLE day_properties_shapes AS
SELECT p.column_name AS property, s.shape, s.column_name
FROM property_columns AS p
JOIN shapes AS s ON s.property = p.property
WHERE NOT p.hidden
    AND NOT EXISTS (
        FROM shapes AS o
        WHERE o.property = p.property AND NOT regexp_full_match(o.column_name, '(text|boolean)_[0-9]+'));
