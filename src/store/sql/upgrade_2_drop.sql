-- To version 2: all of it was carried over.
DROP TABLE quarantine_1;
