-- The activity among the events of a step.
CREATE OR REPLACE TEMP TABLE activity_step AS
SELECT
    e.position,
    e.time,
    CAST(e.actor AS UUID) AS uid,
    e.name AS type,
    CAST(e.device AS UUID) AS device,
    {{p_service}} AS service,
    e.ua_browser,
    e.ua_version,
    e.ua_os,
    sample_cohort(e.actor) AS cohort
FROM events e
JOIN event_names{{next}} n ON n.name = e.name
WHERE e.position > {{from}} AND e.position <= {{to}} AND n.kinds & 2 <> 0 AND e.actor IS NOT NULL;
