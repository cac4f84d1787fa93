-- The day's sums count.
INSERT INTO day_properties_state
SELECT CAST({{day}} AS DATE), {{upto}}, min(received), NULL
FROM events_data
WHERE time >= {{day}} AND time < {{day}} + INTERVAL 1 DAY AND position <= {{upto}};
