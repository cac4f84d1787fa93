-- The journal has these and brings them again.
DELETE FROM events_data WHERE position >= $1;
