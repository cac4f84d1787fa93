-- Each event as a service's warehouse has it: a list of keys and values, and what is known of the request.
CREATE OR REPLACE VIEW service_events AS
SELECT
    name AS type,
    strftime(time, '%Y-%m-%dT%H:%M:%S.%fZ') AS occurred_at,
    service_data(pairs, more_properties, [{{shown}}]::VARCHAR[]) AS data,
    CASE WHEN request_text IS DISTINCT FROM '' THEN request_id END AS request_uuid,
    ip AS request_ip,
    user_agent AS request_user_agent,
    referrer AS request_referer,
    method AS request_method,
    path AS request_path,
    query AS request_query,
    content_type AS response_content_type,
    status AS response_status,
    {{ab_tests}} AS request_ab_tests,
    visitor AS user_anonymised_request_identifier,
    session AS user_anonymised_session_id,
    {{jobseeker_id}} AS user_anonymised_jobseeker_id,
    {{publisher_id}} AS user_anonymised_publisher_id,
    {{support_user_id}} AS user_anonymised_support_user_id,
    actor AS user_anonymised_user_id,
    source,
    time,
    position
FROM (
    SELECT
        *,
        CASE
            WHEN request_text = '' THEN CAST(coalesce(request_uuid, id) AS VARCHAR)
            ELSE coalesce(request_text, CAST(request_uuid AS VARCHAR))
        END AS request_id,
        {{pairs}} AS pairs
    FROM events_data
);
