-- How many events of a day are left of those that were summed up.
SELECT count(*)
FROM events_data
WHERE time >= {{day}} AND time < {{day}} + INTERVAL 1 DAY AND position <= {{summed}};
