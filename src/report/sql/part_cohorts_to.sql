-- Cohorts of users who began on this day or before.
AND first_day <= {{day}}
