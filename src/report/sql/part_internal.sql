-- Whether an event is internal: one of the filters fits.
coalesce(false{{each}}, false)
