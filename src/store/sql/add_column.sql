-- One more shared column for properties.
ALTER TABLE events_data ADD COLUMN {{column}} {{type}};
