-- What the tables that are made anew are made from.
SELECT position, definition, version, dimensions FROM model_next;
