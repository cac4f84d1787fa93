-- How long the range is.
({{last}} - {{first}})
