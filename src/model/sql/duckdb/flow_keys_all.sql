-- A hash of the key of every flow; what it is counts in this process alone.
SELECT hash(flow_key) FROM flows_data{{next}};
