-- and wait no more.
DELETE FROM daily_fresh_data{{next}}
WHERE EXISTS (FROM activity_fold);
