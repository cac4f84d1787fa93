-- How many events of a source there are in a span of time, kept aside or not.
SELECT
    (SELECT count(*) FROM events_data WHERE source = {{source}} AND time BETWEEN {{from}} AND {{to}})
    + (SELECT count(*) FROM quarantine WHERE source = {{source}} AND time BETWEEN {{from}} AND {{to}}) AS events
