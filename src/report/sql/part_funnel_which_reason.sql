-- Who did not, for one reason.
reached = {{k}} AND reason = {{reason}}
