-- What has become of the journal's records up to the cursor.
SELECT before, events, quarantined, notes, set_aside, lost, unknown FROM store_counts;
