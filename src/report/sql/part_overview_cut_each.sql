-- Of all people, apart.
d.traffic <> 'all'
