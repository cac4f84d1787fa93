-- Of these people.
d.traffic = {{traffic}}
