-- Whether all days are summed up still that were when the report was told so; others may be by now.
SELECT count(*) = 0
FROM day_state
WHERE seen > summed AND NOT partial{{known}}
