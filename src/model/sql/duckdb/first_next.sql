-- The models are to be made anew.
INSERT INTO model_next VALUES (0, {{definition}}, {{version}}, {{dimensions}});
