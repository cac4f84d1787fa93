-- Its begin in UTC.
w.u
