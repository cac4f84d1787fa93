-- LIKE, or NOT LIKE, that can be stopped.
CREATE OR REPLACE TEMP MACRO {{name}}(a, b) AS weir_like({{guard}}, a, b, '') = {{more}};
