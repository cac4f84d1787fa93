-- Rows for new flows. The cohort is that of the first seven digits, as exact as they are hexadecimal.
INSERT INTO flows_data{{next}} (
    flow, flow_id, flow_key, cohort, has_begin, begins, begin_time, begin_position, first_time, last_time,
    duration, completed, complete_time, new_account, {{begin_names}}, locale, uid, continued_from,
    begin_locale, any_locale
)
SELECT
    m.flow,
    m.flow_id,
    m.flow_key,
    sample_cohort(m.flow_id),
    b.begin_time IS NOT NULL,
    m.begins,
    b.begin_time,
    b.begin_position,
    m.first_time,
    m.last_time,
    m.duration,
    m.completed,
    m.complete_time,
    m.new_account,
    {{begin_names}},
    coalesce(b.begin_locale, m.any_locale),
    m.uid,
    m.continued_from,
    b.begin_locale,
    m.any_locale
FROM flow_map AS m
LEFT JOIN flow_begins AS b ON b.begin_position = m.first_begin
WHERE NOT m.known
ORDER BY m.flow;
