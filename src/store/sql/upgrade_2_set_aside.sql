-- To version 2: the quarantine of version 1, while it is carried over.
ALTER TABLE quarantine RENAME TO quarantine_1;
