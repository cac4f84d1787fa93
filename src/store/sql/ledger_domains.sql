-- The hosts that sent the most events without permission since a day, by source.
SELECT source, domain, CAST(sum(events) AS BIGINT) AS events, CAST(min(first_seen) AS VARCHAR), CAST(max(last_seen) AS VARCHAR), arg_min(page, first_seen)
FROM unauthorised_domains
WHERE day >= CAST(make_timestamp({{since}}) AS DATE)
GROUP BY source, domain
QUALIFY row_number() OVER (PARTITION BY source ORDER BY sum(events) DESC, domain) <= 20
ORDER BY source, 3 DESC, domain;
