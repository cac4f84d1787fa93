-- Names of the range that are not known yet; one with NUL is not of ours.
SELECT DISTINCT name
FROM events_data
WHERE position > {{from}} AND position <= {{to}} AND NOT contains(name, chr(0))
    AND name NOT IN (SELECT name FROM event_names{{next}});
