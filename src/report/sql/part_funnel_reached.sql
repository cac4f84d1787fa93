-- A step that was reached.
 + CAST(ok_{{k}} AS TINYINT)
