-- Unless only some may see it.
AND NOT list_contains(q.hidden, {{property}})
