-- Whose events count.
k.traffic = {{traffic}}
