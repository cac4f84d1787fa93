-- A property that has no column yet gets one.
ALTER TABLE event_rows ADD COLUMN {{column}} {{type}};
