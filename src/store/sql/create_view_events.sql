-- What people ask: each event with its properties as columns, and as one JSON object.
CREATE OR REPLACE VIEW events AS
SELECT
    * EXCLUDE (shape, more_properties),
    json_merge_patch(
        coalesce(more_properties, '{}'::JSON), json_object({{fields}})
    ) AS properties
FROM (SELECT {{base}}{{columns}} FROM events_data);
