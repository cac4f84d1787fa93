-- The gaps as the tables have them; measure 0 is activity, 1 several devices.
    SELECT NULL AS part, measure, day, gap, users
    FROM daily_gaps{{sampled}}
    WHERE measure IN ({{measures}}){{range}}
