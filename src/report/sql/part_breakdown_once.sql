-- Each once, whenever it was.
CAST(NULL AS DATE)
