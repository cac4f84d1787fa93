-- A row that is there in any case.
    SELECT {{panel}}, false, CAST(NULL AS TIMESTAMP), {{value}}, 0, 0, 0, 0
