-- The same, passed on.
first_moment,
