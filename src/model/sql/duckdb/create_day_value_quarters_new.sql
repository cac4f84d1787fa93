-- What values come to in the quarters of an hour, and whose first and last event of the day with the value is in them, while the day is being summed up.
CREATE TABLE IF NOT EXISTS day_value_quarters_new AS FROM day_value_quarters_data LIMIT 0;
