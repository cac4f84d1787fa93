-- The days (UTC) that events happened on. What a day comes to is summed up for its events up to position `summed` (0: not yet);
-- the latest that is known is at `seen`. `partial`: the store may not have all of the summed ones any more.
-- `by_quarter`: its values are summed up by quarters of an hour, too (NULL: not yet; false: they cannot be).
CREATE TABLE IF NOT EXISTS day_state (
    day DATE NOT NULL,
    seen BIGINT NOT NULL,
    summed BIGINT NOT NULL,
    events BIGINT NOT NULL,
    partial BOOLEAN NOT NULL,
    first_marked TIMESTAMP NOT NULL,
    last_marked TIMESTAMP NOT NULL,
    by_quarter BOOLEAN
);
