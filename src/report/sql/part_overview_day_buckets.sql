-- Buckets of whole days.
    SELECT {{panel}}, {{before}}, CAST({{bucket}} AS TIMESTAMP), CAST(NULL AS VARCHAR), sum(d.events), sum(d.visitors), sum(d.sessions), sum(d.pages)
    FROM {{table}} AS d
    WHERE {{which}} AND d.traffic = {{traffic}}{{days}}
    GROUP BY ALL
