-- Mails that were sent, delivered, bounced and so on. Those outside of flows are in no sample.
CREATE OR REPLACE VIEW email_events{{sampled}} AS
SELECT time AS timestamp, flow_id, domain, template, type, bounced, complaint, locale, position
FROM email_events_data
WHERE coalesce(cohort, 99) < {{percent}} AND ({{since}} IS NULL OR time >= date_trunc('day', {{since}}));
