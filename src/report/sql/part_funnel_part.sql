-- What a unit is grouped by.
d.{{name}} AS part,
