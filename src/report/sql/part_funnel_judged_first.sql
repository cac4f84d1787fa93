-- The first step's event of a unit, passed on.
w.first_moment,
