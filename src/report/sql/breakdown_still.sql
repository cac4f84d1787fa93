-- Whether no events are to be read of other days than the report was told; of some they need not be by now.
SELECT count(*) = 0
FROM (
    {{days}}
)
WHERE dirty{{known}}
