-- ILIKE with ESCAPE, or NOT ILIKE, that can be stopped.
CREATE OR REPLACE TEMP MACRO {{name}}(a, b, c) AS weir_like({{guard}}, lower(a), lower(b), c) = {{more}};
