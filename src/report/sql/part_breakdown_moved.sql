-- A moment moved by a span.
{{time}} {{sign}} {{span}}
