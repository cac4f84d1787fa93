-- Nothing is being summed up.
DELETE FROM day_value_quarters_new;
