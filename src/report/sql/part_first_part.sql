-- The part that the first event of a user is of.
arg_min_null(part, (timestamp, position))
