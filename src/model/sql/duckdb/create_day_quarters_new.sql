-- What the quarters of an hour come to, and whose first and last event of the day is in them, while the day is being summed up.
CREATE TABLE IF NOT EXISTS day_quarters_new AS FROM day_quarters_data LIMIT 0;
