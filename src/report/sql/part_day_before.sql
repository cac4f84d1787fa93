-- The day before a day.
DATE {{text}} - 1
