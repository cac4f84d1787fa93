-- One filter more.
INSERT INTO internal_traffic SELECT count(*) + 1, {{filter}} FROM internal_traffic;
