-- The last period in which somebody was active: they count as kept until then.
        SELECT cohort, part, uid, max(period) AS period
        FROM active
        GROUP BY ALL
