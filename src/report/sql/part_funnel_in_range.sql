-- Whether an event may be a first step.
(true{{range}}) AS in_range,
