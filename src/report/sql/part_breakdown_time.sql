-- An event's time; of the span before, moved to where it is compared.
CASE WHEN e.time < {{first}} THEN {{moved}} ELSE e.time END
