-- Drops what a load did since it began.
ROLLBACK;
