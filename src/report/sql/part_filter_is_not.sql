-- A filter: any other value; what is absent is the empty text.
AND coalesce(CAST({{column}} AS VARCHAR), '') <> {{value}}
