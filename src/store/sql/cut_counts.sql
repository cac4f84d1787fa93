-- What is carried over is not counted again.
UPDATE store_counts SET before = $1 - 1, events = 0, quarantined = 0, notes = 0, set_aside = 0, lost = 0, unknown = 0;
