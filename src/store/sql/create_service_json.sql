-- The text of a value that is kept as JSON.
CREATE OR REPLACE MACRO service_json(j) AS
CASE json_type(j)
    WHEN 'ARRAY' THEN service_list(
        list_transform(
            CAST(j AS JSON[]),
            lambda i: CASE json_type(i)
                WHEN 'VARCHAR' THEN service_inspect(i ->> '$')
                WHEN 'NULL' THEN 'nil'
                ELSE CAST(i AS VARCHAR)
            END
        )
    )
    ELSE j ->> '$'
END;
