-- Cohorts of users who began on this day or later.
AND first_day >= {{day}}
