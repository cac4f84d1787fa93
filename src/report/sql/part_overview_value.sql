-- What a panel shows of an event; absent, empty and (none) are the same.
nullif(nullif(CAST({{value}} AS VARCHAR), ''), '(none)')
