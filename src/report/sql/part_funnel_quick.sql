-- Whether a step was reached, by first events.
quick_{{k}} AS NOT MATERIALIZED (
    SELECT *, ok_{{before}} AND coalesce(at_{{k}} > at_{{before}}{{limits}}, false) AS ok_{{k}} FROM quick_{{before}}
),
