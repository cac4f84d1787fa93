-- The journal has these and brings them again.
DELETE FROM rejected WHERE position >= $1;
