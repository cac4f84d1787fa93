-- The models have read nothing.
INSERT INTO model_state VALUES ('all', 0, {{definition}}, {{version}}, {{dimensions}});
