-- The column behind the last one, and whether properties share it.
SELECT column_name, shared
FROM (
    SELECT column_name, true AS shared FROM day_properties_shapes
    UNION
    SELECT unnest([
        'app_version', 'country', 'environment', 'host', 'locale', 'method', 'path', 'platform', 'screen', 'source', 'status',
        'timezone', 'ua_browser', 'ua_os', 'utm_campaign', 'utm_medium', 'utm_source'
    ]), false
)
WHERE column_name > {{label}}
ORDER BY column_name
LIMIT 1;
