-- One row for each event of kind activity that has an actor. cohort: 0 to 99, see the samples.
CREATE TABLE activity_events_data{{next}} (
    position BIGINT NOT NULL,
    time TIMESTAMP NOT NULL,
    uid UUID NOT NULL,
    type VARCHAR NOT NULL,
    device UUID,
    service VARCHAR,
    ua_browser VARCHAR,
    ua_version VARCHAR,
    ua_os VARCHAR,
    cohort UTINYINT NOT NULL
);
