-- Days, as clocks show them.
to_days({{number}})
