-- Activity, one row an event.
CREATE OR REPLACE VIEW activity_events{{sampled}} AS
SELECT * EXCLUDE (user_key, device_key)
FROM activity_rows{{sampled}};
