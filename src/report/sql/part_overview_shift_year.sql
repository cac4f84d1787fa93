-- A year, as the calendar has it.
INTERVAL 1 YEAR
