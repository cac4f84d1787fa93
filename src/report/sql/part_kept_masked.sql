-- The event without what only some may see; a word says that there is something.
CASE WHEN q.event IS NOT NULL THEN CAST(json_merge_patch(q.event, json_object('properties', map_from_entries(list_transform(
    list_filter(map_entries(json_transform(q.event -> '$.properties', '"MAP(VARCHAR, JSON)"')),
        lambda p: list_contains(q.hidden, p.key) AND NOT coalesce(starts_with(CAST(p.value AS VARCHAR), '"(withheld: '), false)),
    lambda p: {k: p.key, v: '(hidden)'})))) AS VARCHAR) END
