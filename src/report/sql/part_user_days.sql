-- What users are counted from: their gaps, and the days and parts that get a row each.
WITH gaps AS (
{{gaps}}
),
days AS (
    SELECT CAST(unnest(generate_series({{first}}, {{last}}, INTERVAL 1 DAY)) AS DATE) AS day
),
parts AS (
{{parts}}
),
