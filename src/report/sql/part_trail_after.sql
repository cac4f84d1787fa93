-- After an event, in the order of time, then position.
AND {{alias}}.time >= TIMESTAMP {{time}} AND ({{alias}}.time > TIMESTAMP {{time}} OR {{alias}}.position > {{position}})
