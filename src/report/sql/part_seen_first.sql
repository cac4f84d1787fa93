-- Where the range has no begin: the first window that there is, or the first that was kept aside.
least((SELECT min(time) FROM event_count_rows), (SELECT min(received) FROM quarantine))
