-- How many reached a step.
count(*) FILTER (WHERE reached >= {{k}}) AS came_{{k}},
