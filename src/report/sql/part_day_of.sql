-- The day of a time that the clocks show.
CAST({{time}} AS DATE)
