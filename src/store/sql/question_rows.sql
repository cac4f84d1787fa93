-- The rows of a question as text: each column is cast the way its format wants it.
SELECT {{columns}}
FROM (
{{question}}
) AS question({{names}});
