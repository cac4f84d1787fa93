-- The days of users for reports: measure 0 when active, 1 when with several devices.
CREATE OR REPLACE VIEW daily_user_rows{{sampled}} AS
SELECT measure, day, uid AS user_key
FROM (
    FROM daily_users_data
    UNION ALL
    FROM daily_fresh_data
)
WHERE cohort < {{percent}} AND ({{since}} IS NULL OR day >= CAST({{since}} AS DATE));
