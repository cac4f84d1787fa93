-- The mails of a step.
INSERT INTO email_events_data{{next}}
SELECT
    e.position,
    e.time,
    e.flow_id,
    CASE WHEN NOT {{hides_domain}} THEN coalesce({{p_email_domain}}, {{p_domain}}) END,
    CASE WHEN NOT {{hides_template}}
        THEN coalesce({{p_template}}, nullif(array_to_string(string_split(e.name, '.')[2:-2], '.'), '')) END,
    string_split(e.name, '.')[-1] AS type,
    coalesce(TRY_CAST({{p_bounced}} AS BOOLEAN), string_split(e.name, '.')[-1] = 'bounced'),
    coalesce(TRY_CAST({{p_complaint}} AS BOOLEAN), false),
    e.locale,
    sample_cohort(e.flow_id)
FROM events AS e
JOIN event_names{{next}} AS n ON n.name = e.name
WHERE e.position > {{from}} AND e.position <= {{to}} AND n.kinds & 32 <> 0;
