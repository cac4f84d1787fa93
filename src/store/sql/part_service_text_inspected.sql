-- A list of texts.
service_list(list_transform(CAST({{value}} AS VARCHAR[]), lambda x: service_inspect(x)))
