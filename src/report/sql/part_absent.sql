-- A name that no accepted event has which the report could count, and the name that was probably meant.
UNION ALL
SELECT 'absent', NULL,
    {{before}} || {{name}} || '`' || coalesce('; did you mean `' || (
        SELECT name FROM event_names
        WHERE ({{kinds}} = 0 OR kinds & {{kinds}} <> 0)
            AND levenshtein(lower(name), lower({{name}})) <= 1 + length({{name}}) // 8
        ORDER BY levenshtein(lower(name), lower({{name}})), name
        LIMIT 1) || '`?', ''),
    {{number}}
WHERE NOT EXISTS (
    SELECT 1 FROM (SELECT name, name AS type, kinds FROM event_names) AS a
    WHERE ({{kinds}} = 0 OR kinds & {{kinds}} <> 0) AND {{condition}})
