-- How many events there were in a quarter of an hour, one row for all that are the same otherwise.
CREATE OR REPLACE VIEW event_counts AS
SELECT time, event, source, domain, page, platform, timezone, bot,
    {{count_columns}} dimensions, count
FROM (
    SELECT * EXCLUDE (count), CAST(sum(count) AS BIGINT) AS count
    FROM (FROM event_counts_data UNION ALL SELECT * EXCLUDE (folded) FROM event_counts_fresh_data)
    GROUP BY ALL
);
