-- A column of a table.
{{alias}}.{{name}}
