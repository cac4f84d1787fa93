-- The catalogue says something else, but nothing of what is stored.
UPDATE model_state SET definition = {{definition}};
