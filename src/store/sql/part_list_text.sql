-- A list among other kinds: as JSON.
CAST(to_json({{value}}) AS VARCHAR)
