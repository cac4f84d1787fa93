-- What days (UTC) that are over come to, by whose events they are and by value.
CREATE OR REPLACE VIEW day_values AS
SELECT v.*
FROM day_values_data AS v
JOIN day_state AS d ON d.day = v.day
WHERE d.partial OR d.seen <= d.summed;
