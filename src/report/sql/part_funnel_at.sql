-- When a step was.
at_{{k}},
