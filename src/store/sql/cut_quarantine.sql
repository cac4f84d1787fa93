-- The journal has these and brings them again.
DELETE FROM quarantine WHERE position >= $1;
