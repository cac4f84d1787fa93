-- The first day that may be a neighbour of one of them.
SET VARIABLE fold_first = (SELECT min(day) - 31 FROM activity_fold);
