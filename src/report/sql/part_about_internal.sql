-- The filters that say which events are internal.
UNION ALL
SELECT 'internal', NULL, filter, place
FROM internal_traffic
