-- The days whose hours are summed up for their events up to position `upto`, of which the first was received then. `later`: it
-- could not be done, and is not tried before.
CREATE TABLE IF NOT EXISTS day_properties_state (
    day DATE NOT NULL,
    upto BIGINT NOT NULL,
    received TIMESTAMP,
    later TIMESTAMP
);
