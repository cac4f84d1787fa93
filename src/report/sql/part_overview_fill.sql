-- All buckets of the range.
    SELECT {{panel}}, false, unnest(generate_series(CAST({{first}} AS TIMESTAMP), CAST({{last}} AS TIMESTAMP), {{step}})), NULL, 0, 0, 0, 0
