-- Where the range has no end: behind the last window, or the last that was kept aside.
greatest((SELECT max(time) + INTERVAL 15 MINUTE FROM event_count_rows),
    (SELECT max(received) + INTERVAL 1 MICROSECOND FROM quarantine))
