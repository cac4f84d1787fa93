-- The last day that the step touches.
SET VARIABLE activity_last = (SELECT CAST(max(time) AS DATE) FROM activity_step);
