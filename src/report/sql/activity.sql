-- Active users of each day, and the engagement ratio.
{{frame}}
counted AS (
    SELECT
        d.day,
        p.part,
        coalesce(sum(g.users) FILTER (g.day = d.day), 0) AS dau,
        coalesce(sum(g.users) FILTER (g.day > d.day - {{week}}), 0) / {{week}} AS dau_mean,
        coalesce(sum(g.users) FILTER (g.day > d.day - {{week}}
            AND (g.gap IS NULL OR g.gap > d.day - g.day)), 0) AS wau,
        coalesce(sum(g.users) FILTER (g.day > d.day - {{month}}
            AND (g.gap IS NULL OR g.gap > d.day - g.day)), 0) AS mau
    FROM days AS d
    CROSS JOIN parts AS p
    LEFT JOIN gaps AS g ON g.day > d.day - {{longest}} AND g.day <= d.day AND g.part IS NOT DISTINCT FROM p.part
    GROUP BY d.day, p.part
)
SELECT
    c.day,
    {{by}}
    CAST(c.dau AS BIGINT) AS dau,
    CAST(c.wau AS BIGINT) AS wau,
    CAST(c.mau AS BIGINT) AS mau,
    round(c.dau_mean, 2) AS dau_mean,
    round(100 * c.dau_mean / nullif(c.mau, 0), 2) AS engagement_ratio
FROM counted AS c
ORDER BY ALL
