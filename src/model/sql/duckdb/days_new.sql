-- The days of a step's events.
CREATE OR REPLACE TEMP TABLE days_new AS
SELECT CAST(time AS DATE) AS day, max(position) AS seen
FROM events_data
WHERE position > {{from}} AND position <= {{to}}
GROUP BY ALL;
