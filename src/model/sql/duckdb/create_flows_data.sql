-- One row for each flow; flow is a number of our own, flow_key finds the row of a flow id.
CREATE TABLE flows_data{{next}} (
    flow BIGINT NOT NULL,
    flow_id VARCHAR NOT NULL,
    flow_key UHUGEINT NOT NULL,
    cohort UTINYINT,
    has_begin BOOLEAN NOT NULL,
    begins INTEGER NOT NULL,
    begin_time TIMESTAMP,
    begin_position BIGINT,
    first_time TIMESTAMP NOT NULL,
    last_time TIMESTAMP NOT NULL,
    duration BIGINT NOT NULL,
    completed BOOLEAN NOT NULL,
    complete_time BIGINT,
    new_account BOOLEAN NOT NULL,
    {{begin_columns}},
    locale VARCHAR,
    uid VARCHAR,
    continued_from VARCHAR,
    begin_locale VARCHAR,
    any_locale VARCHAR
);
