-- How far each unit went through the steps, and why not further: judged. docs/reports.md has the rules.
WITH
-- The names that matter, as bits: one for each name of a step.
names AS MATERIALIZED (
    SELECT name, {{fits}} AS fits, is_error
    FROM (
        SELECT name, coalesce(flow_role = 'error', false) AS is_error FROM event_names
        UNION ALL
        SELECT DISTINCT name, false FROM quarantine
        WHERE state = 'waiting' AND name NOT IN (SELECT name FROM event_names)
    )
    WHERE fits <> 0 OR is_error
),
-- Each event of these names: whose it is, when it was, which steps it fits.
marked AS NOT MATERIALIZED (
    {{marked}}
),
-- The same of events in quarantine.
aside AS MATERIALIZED (
    {{aside}}
),
-- One pass: when each unit's first event of each step was, and how many it had. That tells all where these are in order.
firsts AS NOT MATERIALIZED (
    SELECT
        unit, {{first_moment}}
        {{first_steps}}
        max(time_us) FILTER (WHERE is_error) AS last_error
    FROM marked
    {{only}}
    GROUP BY unit
),
quick_1 AS NOT MATERIALIZED (
    SELECT *, true AS ok_1 FROM firsts WHERE at_1 IS NOT NULL
),
{{quick_steps}}
placed AS NOT MATERIALIZED (
    SELECT
        *,
        CASE reached {{moment_cases}} END AS moment,
        CASE reached WHEN 0 THEN NULL {{next_cases}} END AS next_at,
        CASE reached WHEN 0 THEN 0 {{times_cases}} ELSE 0 END AS next_times
    FROM (SELECT *, 0{{reached}} AS reached FROM quick_{{last}})
),
-- Where the next step's first event is not after the step, others of it may be; where two are at one time, their
-- positions matter. These units are hard, and those with events in quarantine.
quick AS MATERIALIZED (
    SELECT
        unit, {{moment_name}} {{at_names}} moment, reached,
        CASE WHEN reached = {{last}} THEN 0 WHEN next_at > moment THEN 2 WHEN next_at < moment THEN 3 ELSE 0 END AS reason,
        coalesce(last_error > moment, false) AS has_error,
        reached < {{last}} AND (
            coalesce(next_at = moment OR (next_at < moment AND next_times > 1), false)
            OR coalesce(last_error = moment, false)
            OR unit IN (SELECT unit FROM aside)
        ) AS is_hard
    FROM placed
),
-- Those exactly: all their events of each step, by time and position as one number.
listed AS NOT MATERIALIZED (
    SELECT
        unit,
        min({{moment}}) FILTER (WHERE fits_1 AND in_range) AS at_1,
        {{listed_steps}}
        max({{moment}}) FILTER (WHERE is_error) AS last_error
    FROM marked
    WHERE unit IN (SELECT unit FROM quick WHERE is_hard)
    GROUP BY unit
),
exact_1 AS NOT MATERIALIZED (
    SELECT *, at_1 AS moment, 1 AS reached, 0 AS reason, false AS is_next FROM listed
),
{{exact_steps}}
exact AS MATERIALIZED (
    FROM exact_{{last}}
),
-- Whose next step is in quarantine, where it would have counted.
quarantined AS MATERIALIZED (
    SELECT w.unit
    FROM exact AS w
    JOIN (SELECT *, {{moment}} AS moment FROM aside) AS a ON a.unit = w.unit
    WHERE a.moment > w.moment{{aside_in_time}}
        AND CASE w.reached WHEN 0 THEN false {{aside_cases}} ELSE false END
),
walked AS NOT MATERIALIZED (
    SELECT * EXCLUDE is_hard FROM quick WHERE NOT is_hard
    UNION ALL
    SELECT
        unit, {{exact_moment}} {{exact_at}} {{exact_time}} AS moment, reached,
        CASE WHEN unit IN (SELECT unit FROM quarantined) THEN 1 ELSE reason END,
        coalesce(last_error > moment, false)
    FROM exact
),
{{elsewhere}}
judged AS NOT MATERIALIZED (
    SELECT
        w.unit, w.moment AS step_at, {{judged_first}} {{part}} {{judged_at}}
        w.reached,
        CASE
            WHEN w.reached = {{last}} THEN 0
            WHEN w.reason <> 0 THEN w.reason
            WHEN {{is_elsewhere}} THEN 4
            WHEN w.has_error THEN 5
            ELSE 6
        END AS reason
    FROM walked AS w
    {{group_join}}
),
