-- The filters that count so far.
SELECT filter FROM internal_traffic ORDER BY place;
