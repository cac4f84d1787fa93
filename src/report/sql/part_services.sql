-- Flows of these services; one without a service has the empty name.
AND coalesce(f.service, '') IN ({{names}})
