-- One row for each value.
GROUP BY part
