-- Who was active on a day.
CREATE OR REPLACE VIEW daily_active_users{{sampled}} AS
SELECT day, replace(CAST(uid AS VARCHAR), '-', '') AS uid
FROM (
    FROM daily_users_data
    UNION ALL
    FROM daily_fresh_data
)
WHERE measure = 0 AND cohort < {{percent}} AND ({{since}} IS NULL OR day >= CAST({{since}} AS DATE));
