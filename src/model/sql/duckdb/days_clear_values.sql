-- Nothing is being summed up.
DELETE FROM day_values_new;
