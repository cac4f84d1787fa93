-- What the hours of a day come to, while it is being summed up.
CREATE TABLE IF NOT EXISTS day_hours_new AS FROM day_hours_data LIMIT 0;
