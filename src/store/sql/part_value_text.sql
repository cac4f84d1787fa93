-- A number among other kinds: as everywhere else that numbers are texts.
value_text({{value}})
