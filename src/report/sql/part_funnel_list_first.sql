-- The first step's event.
first_moment,
