-- The event that begins a cohort.
a.type = {{value}}
