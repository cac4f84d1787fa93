-- What the devices of a user were on a day, each combination once.
CREATE TABLE daily_activity_per_device_data{{next}} (
    day DATE NOT NULL,
    uid UUID NOT NULL,
    device UUID NOT NULL,
    service VARCHAR,
    ua_browser VARCHAR,
    ua_version VARCHAR,
    ua_os VARCHAR,
    cohort UTINYINT NOT NULL
);
