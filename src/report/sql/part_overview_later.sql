-- A time so much later.
({{time}} + {{shift}})
