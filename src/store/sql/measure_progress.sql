-- One of the settings by which a question's connection measures how far it is, and prints nothing of it.
SET {{setting}} = {{value}};
