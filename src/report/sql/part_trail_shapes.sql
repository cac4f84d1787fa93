-- Only rows in which the shared column holds this property.
AND e.shape IN (
    SELECT s.shape FROM shapes AS s JOIN property_columns AS p ON p.property = s.property
    WHERE s.column_name = {{place}} AND lower(p.column_name) = lower({{column}})
)
