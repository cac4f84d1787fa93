-- How many names mean something else than before, and feed a model by the one or the other.
SELECT count(*)
FROM event_names{{next}} AS o
JOIN names_now AS n USING (name)
WHERE ((o.kinds & 38 <> 0 OR n.kinds & 38 <> 0)
        AND (o.event IS DISTINCT FROM n.event OR o.kinds & 38 <> n.kinds & 38
            OR o.flow_role IS DISTINCT FROM n.flow_role OR o.parameters <> n.parameters))
    OR o.dimensions IS DISTINCT FROM n.dimensions;
