-- A filter: values that a template fits.
AND regexp_full_match(coalesce(CAST({{column}} AS VARCHAR), ''), {{value}}, 's')
