-- Days of users: what the first day of the report looks back at.
AND day > {{day}} - CAST({{back}} AS INTEGER)
