-- By step.
1
