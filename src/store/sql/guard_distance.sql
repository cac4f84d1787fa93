-- A distance of two texts that can be stopped.
CREATE OR REPLACE TEMP MACRO {{name}}(a, b) AS {{more}}({{guard}}, a, b);
