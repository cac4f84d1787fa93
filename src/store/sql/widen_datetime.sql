-- A column of times becomes text: as they are written everywhere else.
ALTER TABLE event_rows
    ALTER COLUMN {{column}} SET DATA TYPE {{type}} USING strftime({{column}}, '%Y-%m-%dT%H:%M:%S.%fZ');
