-- What happened in a range, beside the range before: totals, buckets, and the values that most events have.
WITH {{read}}parts(panel, earlier, begins, value, events, visitors, sessions, pages) AS (
{{parts}}
),
filled AS (
    FROM parts{{fill}}
),
summed AS (
    SELECT
        panel,
        begins,
        value,
        CASE WHEN panel < 3 THEN 0 WHEN value IS NULL THEN 2 WHEN value = '(other)' THEN 1 ELSE 0 END AS kind,
        coalesce(sum(events) FILTER (NOT earlier), 0) AS events,
        coalesce(sum(visitors) FILTER (NOT earlier), 0) AS visitors,
        coalesce(sum(sessions) FILTER (NOT earlier), 0) AS sessions,
        coalesce(sum(pages) FILTER (NOT earlier), 0) AS pages,
        coalesce(sum(events) FILTER (earlier), 0) AS before_events,
        coalesce(sum(visitors) FILTER (earlier), 0) AS before_visitors,
        coalesce(sum(sessions) FILTER (earlier), 0) AS before_sessions,
        coalesce(sum(pages) FILTER (earlier), 0) AS before_pages
    FROM filled
{{search}}
    GROUP BY panel, begins, value
),
placed AS (
    SELECT
        * REPLACE (CASE WHEN panel > 2 AND kind = 0 AND place > {{limit}} THEN 1 ELSE kind END AS kind),
        CASE WHEN panel > 2 AND kind = 0 AND place <= {{limit}} THEN place END AS shown
    FROM (
        SELECT
            *,
            row_number() OVER (PARTITION BY panel, kind ORDER BY events DESC, before_events DESC, value) AS place
        FROM summed
    )
),
rows_shown AS (
    SELECT
        panel,
        kind,
        shown,
        begins,
        CASE WHEN kind = 1 THEN '(other)' WHEN kind = 2 THEN '(none)' ELSE value END AS value,
        CAST(sum(events) AS BIGINT) AS events,
        CASE WHEN kind <> 1 THEN CAST(sum(visitors) AS BIGINT) END AS visitors,
        CASE WHEN kind <> 1 THEN CAST(sum(sessions) AS BIGINT) END AS sessions,
        CAST(sum(pages) AS BIGINT) AS pages,
        CAST(sum(before_events) AS BIGINT) AS before_events,
        CASE WHEN kind <> 1 THEN CAST(sum(before_visitors) AS BIGINT) END AS before_visitors,
        CASE WHEN kind <> 1 THEN CAST(sum(before_sessions) AS BIGINT) END AS before_sessions,
        CAST(sum(before_pages) AS BIGINT) AS before_pages
    FROM placed
    GROUP BY panel, kind, shown, begins, CASE WHEN kind = 1 THEN '(other)' WHEN kind = 2 THEN '(none)' ELSE value END
)
SELECT
    ['total', 'bucket', 'traffic', 'event', 'source', 'page', 'referrer', 'browser', 'system', 'country', 'campaign'][panel + 1] AS panel,
    CASE WHEN panel = 1 THEN {{bucket}} ELSE value END AS value,
    events,
    visitors,
    sessions,
    pages,
    CASE WHEN {{compared}} THEN before_events END AS before_events,
    CASE WHEN {{compared}} THEN before_visitors END AS before_visitors,
    CASE WHEN {{compared}} THEN before_sessions END AS before_sessions,
    CASE WHEN {{compared}} THEN before_pages END AS before_pages
FROM rows_shown AS r
ORDER BY r.panel, r.kind, r.shown, r.begins, r.events DESC, r.value
