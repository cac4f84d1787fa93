-- An event's bucket.
JOIN windows AS w ON w.earlier = s.earlier AND w.moment = s.moment
