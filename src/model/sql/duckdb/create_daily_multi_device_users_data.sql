-- A device of a day, and another of the same user on that day or shortly before, each pair once.
CREATE TABLE daily_multi_device_users_data{{next}} (
    day DATE NOT NULL,
    uid UUID NOT NULL,
    device_now UUID NOT NULL,
    device_prev UUID NOT NULL,
    cohort UTINYINT NOT NULL
);
