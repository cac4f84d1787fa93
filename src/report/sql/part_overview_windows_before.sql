-- Of the range, or of the one before.
CASE WHEN earlier THEN {{before}} ELSE {{bucket}} END
