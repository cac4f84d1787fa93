-- Whether the day has other events by now than its totals: some were deleted meanwhile.
SELECT CAST(count(*) <> (
    SELECT coalesce(sum(events), 0) FROM day_properties_data WHERE day = CAST({{day}} AS DATE) AND property = '') AS BIGINT)
FROM events_data
WHERE time >= {{day}} AND time < {{day}} + INTERVAL 1 DAY AND position <= {{upto}};
