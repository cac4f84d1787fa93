-- Which hosts sent events without permission, by day of receipt: the sums of what the collector noted. What was first seen of a host stands in its first note.
CREATE OR REPLACE VIEW unauthorised_domains AS
WITH told AS (
    SELECT
        position,
        unnest(from_json(note, '{"domains":[{"day":"DATE","source":"VARCHAR","domain":"VARCHAR","events":"BIGINT","first_seen":"VARCHAR","last_seen":"VARCHAR","page":"VARCHAR","title":"VARCHAR","referrer":"VARCHAR"}]}').domains) AS seen
    FROM notes
    WHERE starts_with(note, '{"note":"domains.unauthorised"')
)
SELECT
    seen.day AS day,
    seen.source AS source,
    seen.domain AS domain,
    CAST(sum(seen.events) AS BIGINT) AS events,
    CAST(min(seen.first_seen) AS TIMESTAMP) AS first_seen,
    CAST(max(seen.last_seen) AS TIMESTAMP) AS last_seen,
    arg_min(seen, position).page AS page,
    arg_min(seen, position).title AS title,
    arg_min(seen, position).referrer AS referrer
FROM told
GROUP BY ALL;
