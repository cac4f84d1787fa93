-- The report is not parted.
    SELECT NULL AS part
