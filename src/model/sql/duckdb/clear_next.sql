-- Nothing is made anew any more.
DELETE FROM model_next;
