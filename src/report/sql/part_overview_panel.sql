-- A panel of what visits have: people count once a day for each value.
    SELECT
        {{panel}} AS panel, earlier, begins, value, sum(events) AS events, sum(visitors) AS visitors,
        sum(sessions) AS sessions, sum(pages) AS pages
    FROM (
        SELECT
            k.earlier, k.day, {{at}} AS begins, {{value}} AS value, sum(v.events) AS events,
            count(DISTINCT v.visitor) AS visitors, count(DISTINCT v.session) AS sessions, sum(v.pages) AS pages
        FROM visits AS v
        JOIN kinds AS k ON k.visit_code = v.visit_code
        WHERE {{fits}}
        GROUP BY ALL
    )
    GROUP BY ALL
