-- Whether an event's name is this one; capitals do not matter.
lower(name) = lower({{name}})
