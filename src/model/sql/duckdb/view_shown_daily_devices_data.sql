-- Devices of days as those who may not see hidden values find them.
CREATE OR REPLACE VIEW shown.daily_activity_per_device_data AS
SELECT * REPLACE ({{kept_service}} AS service)
FROM main.daily_activity_per_device_data;
