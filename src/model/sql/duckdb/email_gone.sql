-- Mails that no sample keeps any more, by whole days: those of one step.
CREATE OR REPLACE TEMP TABLE email_gone AS
SELECT rowid AS row
FROM email_events_data
WHERE time < date_trunc('day', {{since_whole}})
    AND (cohort IS NULL OR cohort >= 50 OR time < date_trunc('day', {{since_half}}))
    AND (cohort IS NULL OR cohort >= 10 OR time < date_trunc('day', {{since_tenth}}))
LIMIT {{rows}};
