-- A panel: people count once a day for each value.
    SELECT
        {{panel}} AS panel, earlier, begins, value, sum(events) AS events, sum(visitors) AS visitors,
        sum(sessions) AS sessions, sum(pages) AS pages
    FROM (
        SELECT
            earlier, day, {{at}} AS begins, {{value}} AS value, sum(events) AS events, count(DISTINCT visitor) AS visitors,
            count(DISTINCT session) AS sessions, sum(pages) AS pages
        FROM {{table}}
        WHERE {{fits}}
        GROUP BY ALL
    )
    GROUP BY ALL
