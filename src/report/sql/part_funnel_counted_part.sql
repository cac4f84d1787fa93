-- That value, counted for.
part,
