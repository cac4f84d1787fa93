-- Each number for itself.
a.number, 1 AS events
