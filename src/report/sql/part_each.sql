-- The parts that there are.
    SELECT DISTINCT part FROM gaps
