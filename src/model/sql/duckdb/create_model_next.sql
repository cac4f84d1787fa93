-- One row while the models are made anew: how far the new tables have come.
CREATE TABLE IF NOT EXISTS model_next (
    position BIGINT NOT NULL,
    definition VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    dimensions VARCHAR NOT NULL
);
