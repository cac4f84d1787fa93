-- So many days.
INTERVAL {{days}} DAY
