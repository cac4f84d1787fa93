-- The median of the time from the step before.
median(at_{{k}} - at_{{before}}) FILTER (WHERE reached >= {{k}}) AS span_{{k}},
