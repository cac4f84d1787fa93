-- Other filters count from now on.
DELETE FROM internal_traffic;
