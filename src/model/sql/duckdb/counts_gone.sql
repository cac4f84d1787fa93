-- Windows of the counts that are past their time, those of one step.
CREATE OR REPLACE TEMP TABLE counts_gone AS
SELECT fresh, row, source
FROM (
    SELECT false AS fresh, rowid AS row, source FROM event_counts_data WHERE time < {{before}} AND (source IN ({{names}})) = {{named}}
    UNION ALL
    SELECT true, rowid, source FROM event_counts_fresh_data WHERE time < {{before}} AND (source IN ({{names}})) = {{named}}
)
LIMIT {{rows}};
