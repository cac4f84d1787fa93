-- The position up to which one step deletes.
SELECT max(position)
FROM (
    SELECT position
    FROM {{table}}
    WHERE received < $1 AND {{whose}}
    ORDER BY position
    LIMIT $2
);
