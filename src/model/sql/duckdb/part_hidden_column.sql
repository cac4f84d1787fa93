-- A column of a property that is hidden by now, while rows still have it.
CAST(NULL AS VARCHAR) AS {{name}}
