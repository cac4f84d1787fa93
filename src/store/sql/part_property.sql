-- A property as a column of the view events.
, {{value}} AS {{other}}
