-- What the step adds to flows that have a row.
UPDATE flows_data{{next}} AS f
SET begins = f.begins + m.begins,
    first_time = least(f.first_time, m.first_time),
    last_time = greatest(f.last_time, m.last_time),
    duration = greatest(f.duration, m.duration),
    completed = f.completed OR m.completed,
    complete_time = least(f.complete_time, m.complete_time),
    new_account = f.new_account OR m.new_account,
    uid = greatest(f.uid, m.uid),
    continued_from = greatest(f.continued_from, m.continued_from),
    any_locale = greatest(f.any_locale, m.any_locale),
    locale = coalesce(f.begin_locale, greatest(f.any_locale, m.any_locale))
FROM flow_map AS m
WHERE m.known AND f.flow = m.flow;
