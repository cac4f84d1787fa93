-- A filter: values that a template does not fit.
AND NOT regexp_full_match(coalesce(value_text({{column}}), ''), {{value}}, 's')
