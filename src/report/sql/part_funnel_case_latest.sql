-- Whether the person did the next step later, in whichever flow.
WHEN {{before}} THEN l.last_{{k}} > p.moment
