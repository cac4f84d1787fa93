-- One key and its value.
{'key': {{value}}, 'value': {{other}}}
