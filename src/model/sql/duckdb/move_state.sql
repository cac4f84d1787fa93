-- The step is in the tables: in the transaction that brings it.
UPDATE model_state SET position = {{to}};
