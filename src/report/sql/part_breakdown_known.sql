-- Names that fit what is asked for.
UNION ALL
SELECT DISTINCT 'name', NULL, name, NULL FROM event_names WHERE {{condition}}
