-- Activity of the step whose events the store has not any more, where it still is some.
INSERT INTO activity_step
SELECT position, time, uid, type, device, {{kept_service}}, ua_browser, ua_version, ua_os, cohort
FROM activity_events_data a
WHERE a.position > {{from}} AND a.position <= {{to}}
    AND a.type IN (SELECT name FROM event_names{{next}} WHERE kinds & 2 <> 0)
    AND NOT EXISTS (
        FROM events_data e
        WHERE e.position > {{from}} AND e.position <= {{to}} AND e.position = a.position
    );
