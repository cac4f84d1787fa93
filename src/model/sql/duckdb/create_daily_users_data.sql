-- The days of each user, each once: measure 0 when active, 1 when with several devices. Those that
-- daily_gaps_data counts.
CREATE TABLE daily_users_data{{next}} (
    measure UTINYINT NOT NULL,
    day DATE NOT NULL,
    uid UUID NOT NULL,
    cohort UTINYINT NOT NULL
);
