-- Whose person did the next step in another flow after that. The flow's own events of the step are none of those: they are not after it.
devices AS MATERIALIZED (
    SELECT f.flow, max(e.device) AS person
    FROM events AS e
    JOIN flow_events_data AS f ON f.position = e.position
    WHERE e.device IS NOT NULL AND e.actor IS NULL
    GROUP BY f.flow
),
persons AS NOT MATERIALIZED (
    SELECT flow, uid AS person FROM flows_data WHERE uid IS NOT NULL
    UNION ALL
    FROM devices WHERE flow IN (SELECT flow FROM flows_data WHERE uid IS NULL)
),
pending AS MATERIALIZED (
    SELECT w.unit, w.reached, w.moment, p.person
    FROM walked AS w
    JOIN persons AS p ON p.flow = w.unit
    WHERE w.reached < {{last}} AND w.reason = 0
),
others AS NOT MATERIALIZED (
    SELECT flow, person FROM persons WHERE person IN (SELECT person FROM pending)
),
latest AS NOT MATERIALIZED (
    SELECT {{latest_steps}} o.person
    FROM marked AS m
    JOIN others AS o ON o.flow = m.unit
    GROUP BY o.person
),
elsewhere AS MATERIALIZED (
    SELECT p.unit
    FROM pending AS p
    JOIN latest AS l ON l.person = p.person
    WHERE CASE p.reached {{cases}} ELSE false END
),
