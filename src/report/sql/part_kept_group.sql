-- The group of this error alone: an event with two is in two groups.
AND reason = {{reason}}
