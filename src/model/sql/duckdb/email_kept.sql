-- Mails of the step whose events the store has not any more.
INSERT INTO email_events_data{{next}}
SELECT *
FROM email_events_data AS m
WHERE m.position > {{from}} AND m.position <= {{to}} AND NOT EXISTS (
    FROM events_data AS e
    WHERE e.position > {{from}} AND e.position <= {{to}} AND e.position = m.position
);
