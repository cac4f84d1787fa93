-- The event's columns are these; looked for among those of the name alone.
AND f.position IN (
            SELECT x.position FROM events AS x
            WHERE x.name IN (SELECT name FROM names WHERE fits & {{bit}} <> 0){{filters}}
        )
