-- How many events had a value past its budget, by day of receipt, and who sent the most of them: the sums of what the collector noted, and the senders as it noted them last.
CREATE OR REPLACE VIEW folded_values AS
WITH told AS (
    SELECT
        position,
        unnest(from_json(note, '{"fields":[{"day":"DATE","source":"VARCHAR","field":"VARCHAR","events":"BIGINT","senders":[{"visitor":"VARCHAR","events":"BIGINT","error":"BIGINT","ua_browser":"VARCHAR","country":"VARCHAR"}]}]}').fields) AS folded
    FROM notes
    WHERE starts_with(note, '{"note":"values.folded"')
)
SELECT
    folded.day AS day,
    folded.source AS source,
    folded.field AS field,
    CAST(sum(folded.events) AS BIGINT) AS events,
    arg_max(folded.senders, position) FILTER (WHERE folded.senders IS NOT NULL) AS senders
FROM told
GROUP BY ALL;
