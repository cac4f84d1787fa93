-- What has no column of its own, as far as everybody may see it.
to_json(map_from_entries(list_filter(map_entries(CAST(more_properties AS MAP(VARCHAR, JSON))), lambda e: list_contains([{{value}}]::VARCHAR[], e.key))))
