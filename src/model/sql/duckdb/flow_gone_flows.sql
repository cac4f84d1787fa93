-- ... with them.
DELETE FROM flows_data WHERE flow IN (SELECT flow FROM flow_gone);
