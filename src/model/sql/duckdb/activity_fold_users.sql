-- They belong to those that are counted,
INSERT INTO daily_users_data{{next}}
FROM activity_fold;
