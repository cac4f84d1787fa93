-- Buckets of a time zone, of which a day (UTC) is in one or two: whoever comes first, or last, in a part is one of its people.
    SELECT
        {{panel}}, {{before}}, CAST(bucket AS TIMESTAMP), CAST(NULL AS VARCHAR), sum(events),
        sum(CASE WHEN bucket = bucket_of_day THEN visitors_first ELSE visitors_last END),
        sum(CASE WHEN bucket = bucket_of_day THEN sessions_first ELSE sessions_last END),
        sum(pages)
    FROM (
        SELECT
            d.events, d.pages, d.visitors_first, d.visitors_last, d.sessions_first, d.sessions_last,
            {{bucket}} AS bucket, {{bucket_of_day}} AS bucket_of_day
        FROM day_quarters_data AS d
        WHERE d.traffic = {{traffic}}{{days}}
    )
    GROUP BY ALL
