-- Where the range has no begin: the first that was kept aside.
(SELECT min(received) FROM kept)
