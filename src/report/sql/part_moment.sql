-- A moment in UTC.
TIMESTAMP {{text}}
