-- Sums of whole days.
    SELECT
        list_position([{{names}}], d.panel) - 1, {{before}}, CAST(NULL AS TIMESTAMP), d.value, sum(d.events), sum(d.visitors),
        sum(d.sessions), sum(d.pages)
    FROM day_values_data AS d
    WHERE d.panel IN ({{panels}}) AND d.traffic = {{traffic}}{{days}}
    GROUP BY ALL
