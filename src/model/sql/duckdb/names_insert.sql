-- Names with their meaning.
INSERT INTO {{table}} VALUES {{rows}};
