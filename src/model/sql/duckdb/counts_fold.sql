-- They are summed up once many wait, fewer where nothing else is left to do, and not before as many are new as were left
-- the last time. Windows that are over leave for good; what comes late is a part of its own.
CREATE OR REPLACE TEMP TABLE counts_fold AS
SELECT
    * EXCLUDE (count, folded),
    CAST(sum(count) AS BIGINT) AS count,
    time < coalesce((SELECT max(received) FROM events_data WHERE position > {{from}} AND position <= {{to}}), TIMESTAMP '-infinity')
        - INTERVAL 30 MINUTE AS is_over
FROM event_counts_fresh_data{{next}}
WHERE (
    SELECT count(*) FILTER (NOT f.folded) >= greatest(
        count(*) FILTER (f.folded), (SELECT CASE WHEN position > {{to}} THEN 200000 ELSE 10000 END FROM store_state))
    FROM event_counts_fresh_data{{next}} AS f
)
GROUP BY ALL;
