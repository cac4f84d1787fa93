-- One dimension of an event, as a member of an object.
CASE WHEN n.dimensions[{{property}}] IS NOT NULL THEN to_json(n.dimensions[{{property}}]) || ':' || to_json(nullif({{value}}, '')) END
