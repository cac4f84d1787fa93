-- Begins the transaction of a load.
BEGIN TRANSACTION;
