-- Flows that the whole sample keeps: of older ones, only those of smaller samples are there.
AND coalesce({{alias}}.begin_time, {{alias}}.first_time) >= TIMESTAMP {{since}}
