-- Who did not.
reached = {{k}} AND reason <> 0
