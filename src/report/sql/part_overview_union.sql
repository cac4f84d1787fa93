-- And more.
UNION ALL
