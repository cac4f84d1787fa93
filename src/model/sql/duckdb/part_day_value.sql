-- What a panel shows of an event; absent, empty and (none) are the same.
nullif(nullif(CAST({{column}} AS VARCHAR), ''), '(none)')
