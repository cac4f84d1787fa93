-- Units that belong to no person.
false
