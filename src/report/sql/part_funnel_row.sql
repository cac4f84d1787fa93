-- The row of a step that others follow.
SELECT
    {{by}}
    {{k}} AS step, {{event}} AS event, came_{{k}} AS came, {{rates}}
    came_{{next}} AS went_on, came_{{k}} - came_{{next}} AS dropped,
    quarantined_{{k}} AS quarantined, too_late_{{k}} AS too_late, before_{{k}} AS before,
    other_flow_{{k}} AS other_flow, error_{{k}} AS error, never_{{k}} AS never
FROM counted
