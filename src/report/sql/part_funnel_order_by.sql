-- By value and step.
1, 2
