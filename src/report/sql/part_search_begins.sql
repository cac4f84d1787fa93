-- Values that begin so.
starts_with(CAST({{column}} AS VARCHAR), {{value}})
