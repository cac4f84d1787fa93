-- Whose events whole days had.
    SELECT {{panel}}, {{before}}, CAST(NULL AS TIMESTAMP), d.traffic, sum(d.events), sum(d.visitors), sum(d.sessions), sum(d.pages)
    FROM day_values_data AS d
    WHERE d.panel = 'total' AND d.traffic <> 'all'{{days}}
    GROUP BY ALL
