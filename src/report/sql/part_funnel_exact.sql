-- One step on, by all events of the step: the first one after the step before counts, where it is in time.
exact_{{k}} AS NOT MATERIALIZED (
    SELECT
        * EXCLUDE next_at REPLACE (
            CASE WHEN is_next THEN next_at ELSE moment END AS moment,
            CASE WHEN is_next THEN {{k}} ELSE reached END AS reached,
            CASE
                WHEN reached < {{before}} OR is_next THEN reason
                WHEN next_at IS NOT NULL THEN 2
                WHEN list_min(all_{{k}}) < moment THEN 3
                ELSE 0
            END AS reason,
            false AS is_next
        ),
        CASE WHEN is_next THEN next_at END AS at_{{k}}
    FROM (
        SELECT *, next_at IS NOT NULL{{limits}} AS is_next
        FROM (
            SELECT
                * EXCLUDE (is_next),
                CASE WHEN reached = {{before}} THEN list_min(list_filter(all_{{k}}, lambda x: x > moment)) END AS next_at
            FROM exact_{{before}}
        )
    )
),
