-- Writes the log into the file and gives the space of deleted rows back to later ones.
CHECKPOINT;
