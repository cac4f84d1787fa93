-- A property that is kept in several columns: one of them at a time.
coalesce({{value}})
