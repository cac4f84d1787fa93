-- Only units that have a first step in the range.
WHERE unit IN (SELECT unit FROM marked WHERE fits_1 AND in_range)
