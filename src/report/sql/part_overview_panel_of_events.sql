-- A panel of what is another in each event of a visit: people count once a day for each value.
    SELECT
        {{panel}} AS panel, earlier, CAST(NULL AS TIMESTAMP) AS begins, value, sum(events) AS events, sum(visitors) AS visitors,
        sum(sessions) AS sessions, sum(pages) AS pages
    FROM (
        SELECT
            earlier, day, any_value({{value}}) AS value, count(*) AS events,
            count(DISTINCT visitor) AS visitors, count(DISTINCT session) AS sessions, sum(pages) AS pages
        FROM seen AS k
        WHERE {{fits}}
        GROUP BY earlier, day, {{value}}_code
    )
    GROUP BY ALL
