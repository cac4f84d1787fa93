-- Moments at which numbers may change for another reason than what people do.
SELECT strftime(c.moment, '%Y-%m-%dT%H:%M:%S.%fZ') AS "at", c.kind, c.text
FROM (
    SELECT received AS moment, 'catalogue' AS kind, 'the catalogue was reloaded' AS text
    FROM notes
    WHERE json_extract_string(note, '$.note') = 'catalogue.reloaded'
    UNION ALL
    SELECT moment, kind, CASE WHEN kind = 'version' THEN 'Weir ' || value || ' began' ELSE 'what the catalogue says of derived tables changed' END
    FROM changes
    WHERE NOT first
) AS c
WHERE true{{range}}
ORDER BY c.moment, c.kind
