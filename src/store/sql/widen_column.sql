-- A property's column takes more than it did: what is there keeps its value.
ALTER TABLE event_rows
    ALTER COLUMN {{column}} SET DATA TYPE {{type}} USING CAST({{column}} AS {{type}});
