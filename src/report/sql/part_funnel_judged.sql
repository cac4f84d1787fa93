-- Where the units are.
judged
