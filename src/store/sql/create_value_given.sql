-- A text that is compared with such a value: a number may be given as 5.0, too.
CREATE OR REPLACE MACRO value_given(x, given) AS
CASE typeof(x) WHEN 'DOUBLE' THEN coalesce(value_text(TRY_CAST(given AS DOUBLE)), given) ELSE given END;
