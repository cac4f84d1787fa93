-- The last day that may be a neighbour of one of them.
SET VARIABLE fold_last = (SELECT max(day) + 31 FROM activity_fold);
