-- Days of users: nothing after the last day of the report.
AND day <= {{day}}
