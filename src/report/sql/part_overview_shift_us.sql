-- Any time.
to_microseconds({{number}})
