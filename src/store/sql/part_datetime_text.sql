-- A time among other kinds: as it is written everywhere else.
strftime({{value}}, '%Y-%m-%dT%H:%M:%S.%fZ')
