-- The events whose value is kept in one place.
SELECT e.* FROM events_data AS e WHERE {{condition}}{{others}}
