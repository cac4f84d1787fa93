-- Of these panels.
d.panel IN ({{panels}}) AND d.traffic = {{traffic}}
