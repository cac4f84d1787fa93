-- What the tables in use were made from.
SELECT position, definition, version, dimensions FROM model_state;
