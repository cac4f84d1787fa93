-- A filter: values that a template fits.
AND regexp_full_match(coalesce(value_text({{column}}), ''), {{value}}, 's')
