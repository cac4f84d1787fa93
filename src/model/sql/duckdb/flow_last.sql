-- The last number that a flow was given.
SELECT max(flow) FROM flows_data{{next}};
