-- Events by what a visit seldom changes: far fewer rows than events, in which people are found sooner.
    SELECT earlier, day, begins, traffic{{columns}}, visitor, session, sum(events) AS events, sum(pages) AS pages
    FROM seen
    GROUP BY ALL
