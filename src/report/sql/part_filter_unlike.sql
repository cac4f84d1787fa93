-- A filter: values that a template does not fit.
AND NOT regexp_full_match(coalesce(CAST({{column}} AS VARCHAR), ''), {{value}}, 's')
