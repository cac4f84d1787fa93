-- Moves the counts: in the transaction that brings the rows and moves the cursor.
UPDATE store_counts SET
    before = before + $1,
    events = events + $2,
    quarantined = quarantined + $3,
    notes = notes + $4,
    set_aside = set_aside + $5,
    lost = lost + $6,
    unknown = unknown + $7;
