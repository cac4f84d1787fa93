-- This request: its id as text, as a UUID, or that of the event itself.
(e.request_text = {{value}} OR (coalesce(e.request_text, '') = '' AND e.request_uuid = TRY_CAST({{value}} AS UUID))
    OR (e.request_text = '' AND e.request_uuid IS NULL AND e.id = TRY_CAST({{value}} AS UUID)))
