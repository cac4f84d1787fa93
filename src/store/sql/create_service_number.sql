-- A number as a sender would write it: 5, not 5.0.
CREATE OR REPLACE MACRO service_number(x) AS
CASE WHEN x = trunc(x) AND abs(x) < 1e15 THEN CAST(CAST(x AS BIGINT) AS VARCHAR) ELSE CAST(x AS VARCHAR) END;
