-- Who reached the step behind it.
reached > {{k}}
