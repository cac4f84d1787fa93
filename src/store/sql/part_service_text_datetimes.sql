-- A list of times.
service_list(list_transform({{value}}, lambda x: strftime(x, '"%Y-%m-%dT%H:%M:%S.%fZ"')))
