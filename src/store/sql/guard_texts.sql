-- DuckDB's own function of two texts, which may not be too long.
CREATE OR REPLACE TEMP MACRO {{name}}(a, b) AS
system.main.{{name}}(weir_text({{guard}}, a, {{more}}, {{called}}), weir_text({{guard}}, b, {{more}}, {{called}})),
(a, b, c) AS
system.main.{{name}}(weir_text({{guard}}, a, {{more}}, {{called}}), weir_text({{guard}}, b, {{more}}, {{called}}), c);
