-- Where the range has no end: behind the last that was kept aside.
(SELECT max(received) + INTERVAL 1 MICROSECOND FROM kept)
