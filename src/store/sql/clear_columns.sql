-- The catalogue was read again: what it said before goes.
DELETE FROM columns;
