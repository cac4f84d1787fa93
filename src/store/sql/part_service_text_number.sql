-- A number.
service_number({{value}})
