-- Who reached a step.
reached >= {{k}}
