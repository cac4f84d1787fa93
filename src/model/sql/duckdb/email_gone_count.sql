-- How many mails that were.
SELECT count(*) FROM email_gone;
