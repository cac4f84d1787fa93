-- One row for each event of kind email. cohort is that of its flow; NULL without one.
CREATE TABLE email_events_data{{next}} (
    position BIGINT NOT NULL,
    time TIMESTAMP NOT NULL,
    flow_id VARCHAR,
    domain VARCHAR,
    template VARCHAR,
    type VARCHAR NOT NULL,
    bounced BOOLEAN NOT NULL,
    complaint BOOLEAN NOT NULL,
    locale VARCHAR,
    cohort UTINYINT
);
