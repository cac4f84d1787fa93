-- Events: what the first day of the report looks back at, and a day more.
AND {{time}} >= {{moment}} - to_days(CAST({{back}} AS INTEGER))
