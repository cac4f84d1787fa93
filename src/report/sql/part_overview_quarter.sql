-- A moment of the same bucket: the begin of the quarter of an hour, as far as clocks are apart by whole quarters.
CASE WHEN e.time >= TIMESTAMP '1972-01-01' THEN make_timestamp(epoch_us(e.time) // 900000000 * 900000000) ELSE e.time END
