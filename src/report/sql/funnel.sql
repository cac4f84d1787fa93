-- A funnel: which units reached which step in order, and why the others did not go on. docs/reports.md has the rules.
{{walk}}
{{shown}}
counted AS MATERIALIZED (
    SELECT {{counted_part}} {{counted_steps}} count(*) AS units
    FROM {{units}}
    {{group_by}}
)
{{rows}}
ORDER BY {{order}}
