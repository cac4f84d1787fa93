-- The beginning of a bucket that is shorter than a day.
date_trunc({{span}}, {{time}})
