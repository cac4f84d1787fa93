-- The days that the tables look back.
(SELECT devices_days FROM activity_settings)
