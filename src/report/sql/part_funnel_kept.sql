-- Events of flows that are all kept.
WHERE f.flow IN (SELECT x.flow FROM flows_data AS x WHERE true{{kept}})
