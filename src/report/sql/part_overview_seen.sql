-- Events of the range, or of the one before, with what the panels show of them.
    SELECT
        {{before}} AS earlier,
        CAST(e.time AS DATE) AS day,
        {{moment}} AS moment,
        {{traffic_of}} AS traffic,
        {{columns}}
        CASE WHEN e.visitor IS NOT NULL THEN hash(e.visitor) END AS visitor,
        CASE WHEN e.session IS NOT NULL THEN hash(e.session) END AS session,
        CASE WHEN n.kinds & 8 <> 0 THEN 1 ELSE 0 END AS pages
    FROM events AS e
    LEFT JOIN event_names AS n ON n.name = e.name
    WHERE e.position <= {{position}}{{conditions}}
