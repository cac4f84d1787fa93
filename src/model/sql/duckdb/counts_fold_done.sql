-- They wait no longer,
DELETE FROM event_counts_fresh_data{{next}} WHERE EXISTS (FROM counts_fold);
