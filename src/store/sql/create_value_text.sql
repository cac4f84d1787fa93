-- A value as text, as whoever groups and filters by it reads it: whole numbers without a fraction, 5 and not 5.0, whatever type holds them.
CREATE OR REPLACE MACRO value_text(x) AS
CASE typeof(x)
    WHEN 'DOUBLE' THEN regexp_replace(CAST(x AS VARCHAR), '^-(0)\.0$|\.0$', '\1')
    WHEN 'DOUBLE[]' THEN regexp_replace(CAST(x AS VARCHAR), '\.0([],])', '\1', 'g')
    ELSE CAST(x AS VARCHAR)
END;
