-- The counts for reports: parts, which add up.
CREATE OR REPLACE VIEW event_count_rows AS
SELECT time, event, source, domain, page, platform, timezone, bot,
    {{count_columns}} dimensions, count
FROM (FROM event_counts_data UNION ALL SELECT * EXCLUDE (folded) FROM event_counts_fresh_data);
