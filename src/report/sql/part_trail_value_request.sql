-- The request of a row, with its name.
{'place': 'request_id', 'value': to_json(f.request_id)}
