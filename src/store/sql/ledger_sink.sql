-- What the store says of the journal's records, for `weir ledger`.
SELECT position, before, events, quarantined, notes, set_aside, lost, unknown FROM store_state, store_counts;
