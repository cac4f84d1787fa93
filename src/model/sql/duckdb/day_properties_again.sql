-- No day is summed up.
DELETE FROM day_properties_data;
