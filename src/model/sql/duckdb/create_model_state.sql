-- One row: how far the models have come, and a hash of what feeds them; dimensions are the columns that flows_data has beyond its own.
CREATE TABLE IF NOT EXISTS model_state (
    model VARCHAR NOT NULL,
    position BIGINT NOT NULL,
    definition VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    dimensions VARCHAR NOT NULL
);
