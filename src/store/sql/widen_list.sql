-- A column of lists becomes text: each list as JSON.
ALTER TABLE event_rows
    ALTER COLUMN {{column}} SET DATA TYPE {{type}} USING CAST(to_json({{column}}) AS VARCHAR);
