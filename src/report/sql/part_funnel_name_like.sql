-- Whether an event's name fits a template; capitals do not matter.
regexp_full_match(name, {{name}}, 'is')
