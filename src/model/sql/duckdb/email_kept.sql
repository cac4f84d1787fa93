-- Mails of the step whose events the store has not any more, without what is hidden by now.
INSERT INTO email_events_data{{next}}
SELECT
    position,
    time,
    flow_id,
    CASE WHEN NOT {{hides_domain}} THEN domain END,
    CASE WHEN NOT {{hides_template}} THEN template END,
    type,
    CASE WHEN {{hides_bounced}} THEN type = 'bounced' ELSE bounced END,
    complaint AND NOT {{hides_complaint}},
    locale,
    cohort
FROM email_events_data AS m
WHERE m.position > {{from}} AND m.position <= {{to}} AND NOT EXISTS (
    FROM events_data AS e
    WHERE e.position > {{from}} AND e.position <= {{to}} AND e.position = m.position
);
