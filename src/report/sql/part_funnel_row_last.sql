-- The row of the last step: nobody is expected to go on.
SELECT
    {{by}}
    {{k}} AS step, {{event}} AS event, came_{{k}} AS came, {{rates}}
    CAST(NULL AS BIGINT) AS went_on, 0 AS dropped,
    0 AS quarantined, 0 AS too_late, 0 AS before,
    0 AS other_flow, 0 AS error, 0 AS never
FROM counted
