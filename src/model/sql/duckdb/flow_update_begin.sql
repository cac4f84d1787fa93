-- Flows that have a row, and whose begin event has come only now, or one that is before it.
UPDATE flows_data{{next}} AS f
SET has_begin = TRUE,
    begin_time = b.begin_time,
    begin_position = b.begin_position,
    begin_locale = b.begin_locale,
    locale = coalesce(b.begin_locale, f.any_locale),
    {{begin_sets}}
FROM (
    SELECT m.flow, b.* FROM flow_map AS m JOIN flow_begins AS b ON b.begin_position = m.first_begin WHERE m.known
) AS b
WHERE f.flow = b.flow
    AND (NOT f.has_begin OR b.begin_time < f.begin_time
        OR b.begin_time = f.begin_time AND b.begin_position < f.begin_position);
