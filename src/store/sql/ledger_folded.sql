-- Events with a value past its budget since a day, by source and field, and who sent the most of them on one day.
WITH each_sender AS (
    SELECT source, field, unnest(senders) AS sender
    FROM folded_values
    WHERE day >= CAST(make_timestamp({{since}}) AS DATE)
),
most AS (
    SELECT source, field, arg_max(sender, sender.events) AS sender
    FROM each_sender
    GROUP BY source, field
)
SELECT f.source, f.field, CAST(sum(f.events) AS BIGINT), any_value(m.sender.events), any_value(m.sender.visitor), any_value(m.sender.ua_browser), any_value(m.sender.country)
FROM folded_values f
LEFT JOIN most m ON m.source = f.source AND m.field = f.field
WHERE f.day >= CAST(make_timestamp({{since}}) AS DATE)
GROUP BY f.source, f.field
ORDER BY f.source, 3 DESC, f.field;
