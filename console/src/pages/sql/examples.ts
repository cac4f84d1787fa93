// SPDX-License-Identifier: Apache-2.0
//
// Questions to begin with.

export const examples: {name: string; sql: string}[] = [
    {name: 'Events by name', sql: 'SELECT name, count(*) AS events, count(DISTINCT visitor) AS visitors\nFROM events\nGROUP BY name\nORDER BY events DESC'},
    {name: 'Events a day', sql: 'SELECT date_trunc(\'day\', time) AS day, count(*) AS events\nFROM events\nWHERE time >= now() - INTERVAL 30 DAY\nGROUP BY day\nORDER BY day'},
    {name: 'The last events', sql: 'SELECT position, time, name, source, path\nFROM events\nORDER BY position DESC\nLIMIT 100'},
    {name: 'Why events were quarantined', sql: 'SELECT unnest(codes) AS reason, name, count(*) AS events\nFROM quarantine\nGROUP BY ALL\nORDER BY events DESC'},
    {name: 'What the catalogue says', sql: 'SELECT event, property, type, privacy, description\nFROM columns\nORDER BY event, property'},
];
