-- Where all events have a value there is no group of those without.
GROUP BY ALL
    HAVING sum(a.events) <> 0
