-- What was kept aside, with a word in the place of values that only some may see. Several properties may be called "(withheld)".
CREATE OR REPLACE VIEW shown.quarantine AS
SELECT
    * REPLACE (
        CASE
            WHEN event IS NULL THEN NULL
            ELSE json_merge_patch(
                event,
                '{"ip":null,"user_agent":null}'::JSON,
                json_object(
                    'properties',
                    to_json(
                        map_from_entries(
                            list_transform(
                                list_filter(
                                    list_distinct(json_keys(event, '$.properties')),
                                    lambda k: list_contains(hidden, k) OR list_contains([{{hidden}}]::VARCHAR[], k)
                                ),
                                lambda k: {'key': k, 'value': '(hidden)'}
                            )
                        )
                    )
                )
            )
        END AS event
    )
FROM main.quarantine;
