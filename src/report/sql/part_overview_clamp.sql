-- A bucket of the range: where clocks or years differ, what is beside the range is in its first or last one.
least(greatest({{bucket}}, {{first}}), {{last}})
