-- A day that cannot be summed up waits.
INSERT INTO day_properties_state
SELECT CAST({{day}} AS DATE), 0, NULL, {{later}};
