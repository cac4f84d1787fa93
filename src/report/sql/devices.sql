-- Users with several devices of each day, and what share they are.
{{frame}}
counted AS (
    SELECT
        d.day,
        p.part,
        coalesce(sum(g.users) FILTER (g.measure = 0 AND g.day = d.day), 0) AS dau,
        coalesce(sum(g.users) FILTER (g.measure = 1 AND g.day = d.day), 0) AS md_dau,
        coalesce(sum(g.users) FILTER (g.measure = 1 AND g.day > d.day - {{week}}), 0) / {{week}} AS md_dau_mean,
        coalesce(sum(g.users) FILTER (g.measure = 1 AND g.day > d.day - {{month}}
            AND (g.gap IS NULL OR g.gap > d.day - g.day)), 0) AS md_mau
    FROM days AS d
    CROSS JOIN parts AS p
    LEFT JOIN gaps AS g ON g.day > d.day - {{longest}} AND g.day <= d.day AND g.part IS NOT DISTINCT FROM p.part
    GROUP BY d.day, p.part
)
SELECT
    c.day,
    {{by}}
    CAST(c.dau AS BIGINT) AS dau,
    CAST(c.md_dau AS BIGINT) AS md_dau,
    CAST(c.md_mau AS BIGINT) AS md_mau,
    round(100 * c.md_dau / nullif(c.dau, 0), 2) AS usage,
    round(c.md_dau_mean, 2) AS md_dau_mean,
    round(100 * c.md_dau_mean / nullif(c.md_mau, 0), 2) AS md_engagement_ratio
FROM counted AS c
ORDER BY ALL
