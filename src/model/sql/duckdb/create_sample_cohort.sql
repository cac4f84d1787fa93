-- The number of 0 to 99 by which samples are drawn; NULL where the first seven digits are not hexadecimal.
CREATE OR REPLACE MACRO sample_cohort(id) AS
CASE WHEN regexp_matches(id, '^[0-9a-fA-F]{7}') THEN CAST(CAST('0x' || left(id, 7) AS INTEGER) % 100 AS UTINYINT) END;
