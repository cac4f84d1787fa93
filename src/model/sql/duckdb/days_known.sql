-- Up to which position the events' days are known.
SELECT coalesce(max(seen), 0) FROM day_state;
