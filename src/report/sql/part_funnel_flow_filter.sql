-- The flow's attributes are these.
AND f.flow IN (SELECT x.flow FROM flows_data AS x WHERE true{{filters}})
