-- How many events had a value past its budget, by day of receipt, and who sent the most of them: the sums of what the collector noted, and the senders as each of its runs noted them last.
CREATE OR REPLACE VIEW folded_values AS
WITH told AS (
    SELECT
        position,
        from_json(note, '{"run":"VARCHAR","fields":[{"day":"DATE","source":"VARCHAR","field":"VARCHAR","events":"BIGINT","senders":[{"visitor":"VARCHAR","events":"BIGINT","error":"BIGINT","ua_browser":"VARCHAR","country":"VARCHAR"}]}]}') AS n
    FROM notes
    WHERE starts_with(note, '{"note":"values.folded"')
),
parts AS (
    SELECT position, n.run AS run, unnest(n.fields) AS part
    FROM told
),
runs AS (
    SELECT
        part.day AS day,
        part.source AS source,
        part.field AS field,
        run,
        sum(part.events) AS events,
        arg_max(part.senders, position) FILTER (WHERE part.senders IS NOT NULL) AS senders
    FROM parts
    GROUP BY ALL
),
each_sender AS (
    SELECT day, source, field, unnest(senders) AS sender
    FROM runs
),
whole_senders AS (
    SELECT
        day,
        source,
        field,
        sender.visitor AS visitor,
        CAST(sum(sender.events) AS BIGINT) AS events,
        CAST(sum(sender.error) AS BIGINT) AS error,
        any_value(sender.ua_browser) AS ua_browser,
        any_value(sender.country) AS country
    FROM each_sender
    GROUP BY ALL
),
lists AS (
    SELECT
        day,
        source,
        field,
        list(
            struct_pack(visitor := visitor, events := events, error := error, ua_browser := ua_browser, country := country)
            ORDER BY events DESC, visitor
        )[1:10] AS senders
    FROM whole_senders
    GROUP BY ALL
),
sums AS (
    SELECT day, source, field, CAST(sum(events) AS BIGINT) AS events
    FROM runs
    GROUP BY ALL
)
SELECT day, source, field, sums.events AS events, lists.senders AS senders
FROM sums
LEFT JOIN lists USING (day, source, field);
