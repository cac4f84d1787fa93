-- The same of a row that is taken over, by whatever name it has the property.
CASE WHEN n.dimensions[{{property}}] IS NOT NULL THEN to_json(n.dimensions[{{property}}]) || ':'
            || to_json(json_extract_string(c.dimensions, '$."' || o.dimensions[{{property}}] || '"')) END
