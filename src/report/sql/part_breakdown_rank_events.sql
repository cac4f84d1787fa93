-- Values come in the order of their events.
sum(f.events)
