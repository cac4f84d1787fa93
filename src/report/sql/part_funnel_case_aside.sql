-- Whether an event in quarantine fits the step behind the one that was reached.
WHEN {{before}} THEN a.fits_{{k}}
