-- Not one of these days.
AND NOT CAST({{time}} AS DATE) BETWEEN DATE {{first}} AND DATE {{last}}
