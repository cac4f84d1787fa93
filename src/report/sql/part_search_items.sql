-- Each value of lists, once an event.
(
        SELECT shape, time, unnest(list_distinct({{column}})) AS item
        FROM events_data AS e
        WHERE {{condition}}
    )
