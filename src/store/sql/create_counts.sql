-- One row: how many records of the journal the loading has come past, by what became of them; none are counted up to `before`.
CREATE TABLE IF NOT EXISTS store_counts (
    before BIGINT NOT NULL,
    events BIGINT NOT NULL,
    quarantined BIGINT NOT NULL,
    notes BIGINT NOT NULL,
    set_aside BIGINT NOT NULL,
    lost BIGINT NOT NULL,
    unknown BIGINT NOT NULL
);
