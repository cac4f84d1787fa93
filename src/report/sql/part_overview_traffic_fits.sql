-- Whose events count.
traffic = {{traffic}}
