-- A shared column, for the rows in which it holds the property: a bit for each shape. (IN would become a join.)
CASE WHEN get_bit('{{value}}'::BIT, shape) = 1 THEN {{other}} END
