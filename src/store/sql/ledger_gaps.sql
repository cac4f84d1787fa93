-- Sequence numbers that never arrived, of sessions that sent something since then. A session counts from 1; but where its pseudonym changes at midnight, what begins in the first hour of a day may be one that goes on, and counts from the lowest that is there.
WITH seen AS (
    SELECT source, session, sequence, session_epoch IS NOT NULL AS turns, received
    FROM events
    WHERE sequence IS NOT NULL AND session IS NOT NULL
    UNION ALL
    SELECT source, event->>'$.session', TRY_CAST(event->>'$.sequence' AS BIGINT), event->>'$.session_epoch' IS NOT NULL, received
    FROM quarantine
    WHERE event->>'$.session' IS NOT NULL
),
sessions AS (
    SELECT
        source,
        session,
        count(DISTINCT sequence) AS arrived,
        max(sequence) + 1 - CASE
            WHEN bool_or(turns) AND hour(min(received)) = 0 THEN min(sequence)
            ELSE least(1, min(sequence))
        END AS due
    FROM seen
    WHERE sequence <= 1000000000
    GROUP BY source, session
    HAVING max(received) >= make_timestamp({{since}})
)
SELECT source, CAST(count(*) AS BIGINT), CAST(sum(arrived) AS BIGINT), CAST(sum(due - arrived) AS BIGINT)
FROM sessions
GROUP BY source
ORDER BY source;
