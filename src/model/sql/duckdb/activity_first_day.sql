-- The first day that the step touches: DuckDB skips others where it knows them before it plans.
SET VARIABLE activity_first = (SELECT CAST(min(time) AS DATE) FROM activity_step);
