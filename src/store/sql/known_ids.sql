-- The ids of a source's events in a span of time, kept aside or not, by their last byte.
SELECT id
FROM (
    SELECT id FROM events_data WHERE source = {{source}} AND time BETWEEN {{from}} AND {{to}}
    UNION ALL
    SELECT id FROM quarantine WHERE source = {{source}} AND time BETWEEN {{from}} AND {{to}}
)
WHERE right(CAST(id AS VARCHAR), 2) BETWEEN '{{low}}' AND '{{high}}'
