-- Which events of the quarantine are meant; what is NULL does not filter.
(
    ({{state}} IS NULL OR state = {{state}})
    AND ({{reason}} IS NULL OR list_contains(reasons, {{reason}}))
    AND ({{name}} IS NULL OR name ILIKE {{name}} ESCAPE '\')
    AND ({{event}} IS NULL OR name = {{event}})
    AND ({{source}} IS NULL OR source = {{source}})
    AND ({{since}} IS NULL OR received >= make_timestamp({{since}}::BIGINT))
    AND ({{until}} IS NULL OR received < make_timestamp({{until}}::BIGINT))
    AND ({{after}} IS NULL OR position > {{after}})
    AND (
        {{positions}} IS NULL
        OR position IN (SELECT unnest({{positions}}::BIGINT[]))
        OR id IN (SELECT unnest({{ids}}::UUID[]))
    )
)
