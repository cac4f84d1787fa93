-- Only events that the tables have seen: so many as other reports count.
AND e.position <= {{position}}
