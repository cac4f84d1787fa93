-- Whether an event has a name of a step.
n.fits & {{bit}} <> 0
