-- The events of a step, counted; an absent text and an empty one are the same.
INSERT INTO event_counts_fresh_data{{next}}
SELECT *, count(*), false
FROM (
    SELECT
        time_bucket(INTERVAL 15 MINUTE, e.time) AS time,
        e.name AS event,
        e.source,
        nullif(e.host, '') AS domain,
        nullif(e.path, '') AS page,
        nullif(e.platform, '') AS platform,
        nullif(e.timezone, '') AS timezone,
        e.bot,
        CASE WHEN n.dimensions IS NOT NULL THEN nullif('{' || concat_ws(',', {{count_members}}) || '}', '{}') END AS dimensions
    FROM events AS e
    LEFT JOIN event_names{{next}} AS n ON n.name = e.name
    WHERE e.position > {{from}} AND e.position <= {{to}}{{count_again}}
)
GROUP BY ALL;
