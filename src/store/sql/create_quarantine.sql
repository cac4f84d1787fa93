-- One row for each event that was kept aside, with what was wrong, and what was decided about it.
CREATE TABLE IF NOT EXISTS quarantine (
    position BIGINT NOT NULL,
    id UUID NOT NULL,
    name VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    time TIMESTAMP NOT NULL,
    received TIMESTAMP NOT NULL,
    reasons VARCHAR[] NOT NULL,
    errors JSON NOT NULL,
    event JSON,
    hidden VARCHAR[] NOT NULL,
    state VARCHAR NOT NULL,
    decided TIMESTAMP,
    decided_by VARCHAR,
    why VARCHAR,
    replayed_as BIGINT
);
