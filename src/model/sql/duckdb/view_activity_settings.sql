-- What the tables count as several devices of a user.
CREATE OR REPLACE VIEW activity_settings AS
SELECT {{devices_days}} AS devices_days, '{{devices_before}}' = '<=' AS same_day;
