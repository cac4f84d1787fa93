-- Whose events there are.
    SELECT {{panel}}, false, CAST(NULL AS TIMESTAMP), unnest(['people', 'bots', 'internal']), 0, 0, 0, 0
