-- Nothing is being summed up.
DELETE FROM day_quarters_new;
