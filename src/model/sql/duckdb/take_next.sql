-- The new tables are those in use.
UPDATE model_state SET position = n.position, definition = n.definition, version = n.version, dimensions = n.dimensions FROM model_next AS n;
