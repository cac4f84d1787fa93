-- What is known of other units, from the first step's event, and what they ended with.
known AS MATERIALIZED (
    SELECT c.unit, c.unit AS id, e.ua_browser, e.ua_os
    FROM chosen AS c
    JOIN events AS e ON e.position = CAST(c.first_moment & 9223372036854775807 AS BIGINT)
),
ends AS MATERIALIZED (
    SELECT unit, arg_max(name, {{moment}}) AS last_event, max(time) AS last_time, count(*) AS events
    FROM (
        SELECT {{unit}} AS unit, name, time, epoch_us(time) AS time_us, position
        FROM events
        WHERE {{unit}} IN (SELECT unit FROM chosen) AND position <= (SELECT min(position) FROM model_state)
    )
    GROUP BY unit
)
