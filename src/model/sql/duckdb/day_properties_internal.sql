-- The internal events of a day.
CREATE OR REPLACE TEMP TABLE day_properties_internal AS
SELECT e.position
FROM events AS e
WHERE e.time >= {{day}} AND e.time < {{day}} + INTERVAL 1 DAY AND e.position <= {{upto}} AND {{internal}};
