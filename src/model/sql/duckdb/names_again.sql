-- What the names mean by the present catalogue.
CREATE OR REPLACE TEMP TABLE names_now AS FROM event_names{{next}} LIMIT 0;
