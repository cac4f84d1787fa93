-- The same for the tables that are made anew.
UPDATE model_next SET position = {{to}};
