-- The journal has these and brings them again.
DELETE FROM notes WHERE position >= $1;
