-- The rows of a report, each with the hash of what was computed.
SELECT *, {{definition}} AS definition
FROM (
{{report}}
)
