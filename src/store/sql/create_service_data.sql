-- The pairs of a row: those of its shape that it has, then what stands in more_properties and may be shown.
CREATE OR REPLACE MACRO service_data(pairs, more, shown) AS
CASE
    WHEN more IS NULL THEN list_filter(pairs, lambda p: p.value IS NOT NULL)
    ELSE list_concat(
        list_filter(
            pairs, lambda p: p.value IS NOT NULL OR list_contains(json_keys(more), p.key)
        ),
        list_transform(
            list_filter(
                map_entries(CAST(more AS MAP(VARCHAR, JSON))),
                lambda e: list_contains(shown, e.key)
                    AND NOT list_contains(list_transform(pairs, lambda p: p.key), e.key)
            ),
            lambda e: {'key': e.key, 'value': service_json(e.value)}
        )
    )
END;
