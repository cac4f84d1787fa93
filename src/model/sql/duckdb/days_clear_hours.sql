-- Nothing is being summed up.
DELETE FROM day_hours_new;
