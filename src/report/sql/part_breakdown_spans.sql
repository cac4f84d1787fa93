-- The range, and the span before.
AND e.time >= {{before_first}} AND e.time < {{last}} AND (e.time < {{before_last}} OR e.time >= {{first}})
