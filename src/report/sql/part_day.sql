-- A day.
DATE {{text}}
