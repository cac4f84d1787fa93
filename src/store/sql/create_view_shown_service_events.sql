-- Each event as a service's warehouse has it, without what the connection said of itself.
CREATE OR REPLACE VIEW shown.service_events AS
SELECT * REPLACE (CAST(NULL AS VARCHAR) AS request_ip, CAST(NULL AS VARCHAR) AS request_user_agent)
FROM main.service_events;
