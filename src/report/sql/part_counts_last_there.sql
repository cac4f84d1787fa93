-- Behind the last window that there is.
(SELECT max(time) + INTERVAL 15 MINUTE FROM windows)
