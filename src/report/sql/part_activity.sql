-- The activity that counts; what begins a cohort is marked.
    SELECT {{part}} AS part, CAST({{local}} AS DATE) AS day, a.user_key AS uid, {{starting}} AS starting, a.timestamp, a.position
    FROM activity_rows{{sampled}} AS a
    WHERE true{{conditions}}
