-- Another device on the same day counts, whichever came first.
OR low <> high
