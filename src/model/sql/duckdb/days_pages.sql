-- What names mean where they are summed up.
INSERT INTO day_pages
SELECT name, kinds & 8 <> 0
FROM event_names AS n
WHERE NOT EXISTS (FROM day_pages AS p WHERE p.name = n.name);
