-- A shared column of a row, with its name.
{'place': '{{name}}', 'value': to_json(f.{{name}})}
