-- What is summed up.
, {{column}} AS number
