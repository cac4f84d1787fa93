-- The same for those that daily_gaps_data does not count yet.
CREATE TABLE daily_fresh_data{{next}} (
    measure UTINYINT NOT NULL,
    day DATE NOT NULL,
    uid UUID NOT NULL,
    cohort UTINYINT NOT NULL
);
