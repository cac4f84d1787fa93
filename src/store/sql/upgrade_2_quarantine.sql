-- To version 2: nothing was decided yet; which properties are hidden is known of all events together.
INSERT INTO quarantine (
    position, id, name, source, time, received, reasons, errors, event, hidden, state
)
SELECT
    position,
    id,
    name,
    source,
    time,
    received,
    reasons,
    errors,
    event,
    (SELECT coalesce(list(column_name), []) FROM property_columns WHERE hidden),
    'waiting'
FROM quarantine_1;
