-- What else is known of flows, and what they ended with.
known AS MATERIALIZED (
    SELECT flow AS unit, flow_id AS id, ua_browser, ua_os FROM flows_data WHERE flow IN (SELECT unit FROM chosen)
),
ends AS MATERIALIZED (
    SELECT unit, arg_max(name, {{moment}}) AS last_event, max(time) AS last_time, count(*) AS events
    FROM (
        SELECT flow AS unit, name, time, epoch_us(time) AS time_us, position
        FROM flow_events_data
        WHERE flow IN (SELECT unit FROM chosen)
    )
    GROUP BY unit
)
