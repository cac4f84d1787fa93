-- One step of forgetting raw values; that there was one is forgotten, too.
UPDATE events_data SET {{value}} = NULL, {{until}} = NULL WHERE {{until}} < $1 AND position <= $2;
