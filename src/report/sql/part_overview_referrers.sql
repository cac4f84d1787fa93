-- The hosts of referrers, once for each address.
referrers AS MATERIALIZED (
    SELECT e.referrer_code, {{value}} AS referrer
    FROM (SELECT referrer_code, any_value(referrer) AS referrer, any_value(host) AS host FROM seen GROUP BY referrer_code) AS e
),
