-- Whether an event fits a step.
({{alternatives}}) AS fits_{{k}},
