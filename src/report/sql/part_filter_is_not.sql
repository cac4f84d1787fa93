-- A filter: any other value; what is absent is the empty text.
AND coalesce(value_text({{column}}), '') <> value_given({{column}}, {{value}})
