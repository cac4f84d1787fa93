-- One row for each event of a flow.
CREATE TABLE flow_events_data{{next}} (
    flow BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    time TIMESTAMP NOT NULL,
    flow_time BIGINT NOT NULL,
    position BIGINT NOT NULL,
    uid VARCHAR,
    locale VARCHAR
);
