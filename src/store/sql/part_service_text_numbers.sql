-- A list of numbers.
service_list(list_transform({{value}}, lambda x: value_text(x)))
