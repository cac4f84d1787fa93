-- Events of any request.
e.request_text IS NOT NULL OR e.request_uuid IS NOT NULL
