-- How many users of a day come again so many days later; gap NULL: not within 31 days. cohort: the first of
-- the smallest sample that they are in. Several rows for one thing are to be added up.
CREATE TABLE daily_gaps_data{{next}} (
    measure UTINYINT NOT NULL,
    day DATE NOT NULL,
    gap UTINYINT,
    cohort UTINYINT NOT NULL,
    users BIGINT NOT NULL
);
