-- Whether the person did the next step in another flow.
w.unit IN (SELECT unit FROM elsewhere)
