-- A moment moved by a span of the calendar, as the clocks of a time zone show it.
timezone('UTC', timezone({{zone}}, {{local}} {{sign}} {{span}}))
