-- Events: nothing after the day after the last.
AND {{time}} < {{moment}} + INTERVAL 1 DAY
