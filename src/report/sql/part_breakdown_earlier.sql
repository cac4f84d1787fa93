-- Whether an event is of the span before.
e.time < {{first}}
