-- A time in UTC as the clocks of a time zone show it.
timezone({{zone}}, timezone('UTC', {{time}}))
