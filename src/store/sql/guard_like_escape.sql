-- LIKE with ESCAPE, or NOT LIKE, that can be stopped.
CREATE OR REPLACE TEMP MACRO {{name}}(a, b, c) AS weir_like({{guard}}, a, b, c) = {{more}};
