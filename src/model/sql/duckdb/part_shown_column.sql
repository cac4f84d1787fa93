-- A column that everybody may see.
{{name}} AS {{name}}
