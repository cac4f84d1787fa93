-- Another value than the last one of its kind.
INSERT INTO changes
SELECT {{now}}, {{kind}}, {{value}}, NOT EXISTS (FROM changes WHERE kind = {{kind}})
WHERE {{value}} IS DISTINCT FROM (SELECT arg_max(value, moment) FROM changes WHERE kind = {{kind}});
