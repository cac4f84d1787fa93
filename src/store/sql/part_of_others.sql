-- Rows of sources that have no rule of their own.
source NOT IN ({{value}})
