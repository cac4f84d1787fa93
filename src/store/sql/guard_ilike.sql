-- ILIKE, or NOT ILIKE, that can be stopped.
CREATE OR REPLACE TEMP MACRO {{name}}(a, b) AS weir_like({{guard}}, lower(a), lower(b), '') = {{more}};
