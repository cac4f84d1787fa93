-- What the values of a day come to, while it is being summed up.
CREATE TABLE IF NOT EXISTS day_values_new AS FROM day_values_data LIMIT 0;
