-- The bucket of an event's window.
w.b
