-- Of a later step: shares of those who reached the one before, and the first.
round(100.0 * came_{{k}} / nullif(came_{{before}}, 0), 2) AS rate, round(100.0 * came_{{k}} / nullif(came_1, 0), 2) AS rate_of_first,
    span_{{k}} / 1000000 AS median_seconds,
