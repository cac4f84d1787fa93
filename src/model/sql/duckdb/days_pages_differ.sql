-- How many names count as pages, or do not any more, since they were summed up.
SELECT count(*)
FROM day_pages AS p
LEFT JOIN event_names AS n ON n.name = p.name
WHERE p.page <> coalesce(n.kinds & 8 <> 0, false);
