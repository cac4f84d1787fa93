-- The first window that there is.
(SELECT min(time) FROM windows)
