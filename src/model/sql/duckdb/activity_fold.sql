-- They are counted once many of them wait, fewer where nothing else is left to do: it costs a look at a month.
CREATE OR REPLACE TEMP TABLE activity_fold AS
FROM daily_fresh_data{{next}}
WHERE (SELECT count(*) FROM daily_fresh_data{{next}})
    >= (SELECT CASE WHEN position > {{to}} THEN 200000 ELSE 10000 END FROM store_state);
