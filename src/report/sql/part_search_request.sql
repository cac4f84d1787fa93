-- Events with the request that they are of.
(
        SELECT shape, time, CASE WHEN request_text = '' THEN CAST(coalesce(request_uuid, id) AS VARCHAR)
            ELSE coalesce(request_text, CAST(request_uuid AS VARCHAR)) END AS request_id
        FROM events_data AS e
        WHERE {{condition}}
    )
