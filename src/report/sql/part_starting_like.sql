-- The events that begin a cohort.
regexp_full_match(a.type, {{value}}, 's')
