-- The properties as JSON: for each row, those of its shape.
CASE shape {{value}} END
