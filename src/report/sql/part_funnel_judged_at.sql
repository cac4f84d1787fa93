-- When a step of the unit was.
w.at_{{k}},
