-- The time to one step from the one before, in microseconds.
SELECT {{k}} AS step, {{event}} AS event, at_{{k}} - at_{{before}} AS us FROM times WHERE reached >= {{k}}
