-- Their values go.
DELETE FROM day_properties_data WHERE property IN (SELECT column_name FROM property_columns WHERE hidden);
