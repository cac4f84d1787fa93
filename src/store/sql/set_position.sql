-- Moves the cursor: in the transaction that brings the rows.
UPDATE store_state SET position = $1, journal = coalesce($2, journal), last_salt = $3;
