-- How many panels have counted other events than the total: events were deleted meanwhile.
SELECT count(*)
FROM (
    SELECT sum(events) AS events FROM day_values_new WHERE traffic = 'all' GROUP BY panel
    UNION ALL
    SELECT sum(events) FROM day_hours_new WHERE traffic = 'all'
    UNION ALL
    SELECT sum(events) FROM day_quarters_new WHERE traffic = 'all'
    UNION ALL
    SELECT sum(events) FROM day_value_quarters_new WHERE traffic = 'all' GROUP BY panel
)
WHERE events IS DISTINCT FROM (SELECT sum(events) FROM day_values_new WHERE traffic = 'all' AND panel = 'total');
