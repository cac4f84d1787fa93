-- What a unit is grouped by.
value_text(d.{{name}}) AS part,
