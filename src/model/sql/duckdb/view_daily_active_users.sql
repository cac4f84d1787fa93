-- Who was active on a day.
CREATE OR REPLACE VIEW daily_active_users{{sampled}} AS
SELECT day, replace(CAST(user_key AS VARCHAR), '-', '') AS uid
FROM daily_user_rows{{sampled}}
WHERE measure = 0;
