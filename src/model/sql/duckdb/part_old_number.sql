-- A number that tables had as text before: 5, which was 5.0 once.
regexp_replace({{value}}, '^(-?[0-9]+)\.0$', '\1')
