-- Each name that is stored, and what the catalogue says of it; kinds is 0 where it does not know the name. dimensions are
-- the properties by which it is counted, with their names as columns; NULL where there are none.
CREATE TABLE event_names{{next}} (
    name VARCHAR NOT NULL,
    event VARCHAR,
    kinds INTEGER NOT NULL,
    flow_role VARCHAR,
    parameters MAP(VARCHAR, VARCHAR) NOT NULL,
    dimensions MAP(VARCHAR, VARCHAR)
);
