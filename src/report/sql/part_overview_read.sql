-- Events that are read. A hash stands for what an event has in common with others: numbers are counted sooner than texts.
seen AS MATERIALIZED (
    SELECT e.*, hash(e.earlier, e.day, e.traffic{{of_visits}}) AS visit_code{{codes}}
    FROM (
{{seen}}
    ) AS e
),
kinds AS MATERIALIZED (
    SELECT visit_code, any_value(earlier) AS earlier, any_value(day) AS day, any_value(traffic) AS traffic{{kept}}
    FROM seen
    GROUP BY visit_code
),
{{windows}}{{referrers}}visits AS MATERIALIZED (
    SELECT s.visit_code{{columns}}, s.visitor, s.session, count(*) AS events, sum(s.pages) AS pages
    FROM seen AS s{{joins}}
    GROUP BY ALL
),
