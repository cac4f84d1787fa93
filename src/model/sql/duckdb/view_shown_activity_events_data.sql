-- Activity as those who may not see hidden values find it.
CREATE OR REPLACE VIEW shown.activity_events_data AS
SELECT * REPLACE ({{kept_service}} AS service)
FROM main.activity_events_data;
