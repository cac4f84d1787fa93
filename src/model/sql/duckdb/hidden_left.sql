-- Whether rows have values of properties that are hidden by now.
SELECT
    (SELECT count(*) FROM (SELECT 1 FROM flows_data{{next}} WHERE {{left_flows}} LIMIT 1))
    + (SELECT count(*) FROM (SELECT 1 FROM activity_events_data{{next}} WHERE {{left_activity}} LIMIT 1))
    + (SELECT count(*) FROM (SELECT 1 FROM email_events_data{{next}} 
        WHERE ({{hides_domain}} AND domain IS NOT NULL) OR ({{hides_template}} AND template IS NOT NULL)
            OR ({{hides_bounced}} AND bounced <> (type = 'bounced')) OR ({{hides_complaint}} AND complaint) LIMIT 1));
