-- A list of what needs no quotes.
service_list(CAST({{value}} AS VARCHAR[]))
