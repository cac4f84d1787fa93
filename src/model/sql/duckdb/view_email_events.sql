-- Mails that were sent, delivered, bounced and so on. Those outside of flows are in no sample.
CREATE OR REPLACE VIEW email_events{{sampled}} AS
SELECT
    time AS timestamp,
    flow_id,
    CASE WHEN NOT {{hides_domain}} THEN domain END AS domain,
    CASE WHEN NOT {{hides_template}} THEN template END AS template,
    type,
    CASE WHEN {{hides_bounced}} THEN type = 'bounced' ELSE bounced END AS bounced,
    complaint AND NOT {{hides_complaint}} AS complaint,
    locale,
    position
FROM email_events_data
WHERE coalesce(cohort, 99) < {{percent}} AND ({{since}} IS NULL OR time >= date_trunc('day', {{since}}));
