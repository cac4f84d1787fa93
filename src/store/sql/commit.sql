-- Ends the transaction of a load: rows and cursor become visible together.
COMMIT;
