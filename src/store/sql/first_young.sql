-- The first row up to a position that is not past its time. One from the future does not count.
SELECT min(position)
FROM {{table}}
WHERE received >= $1 AND received < $3 AND position <= $2 AND {{whose}};
