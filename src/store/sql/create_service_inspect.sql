-- A text of a list as Ruby's inspect writes it: in quotes, with escapes.
CREATE OR REPLACE MACRO service_inspect(x) AS
CASE
    WHEN regexp_matches(x, '["\\#[:cntrl:]]') THEN '"' || array_to_string(
        list_transform(
            string_split(
                regexp_replace(replace(replace(x, '\', '\\'), '"', '\"'), '#([{$@])', '\\#\1', 'g'),
                ''
            ),
            lambda c: CASE
                WHEN ord(c) = 7 THEN '\a'
                WHEN ord(c) = 8 THEN '\b'
                WHEN ord(c) = 9 THEN '\t'
                WHEN ord(c) = 10 THEN '\n'
                WHEN ord(c) = 11 THEN '\v'
                WHEN ord(c) = 12 THEN '\f'
                WHEN ord(c) = 13 THEN '\r'
                WHEN ord(c) = 27 THEN '\e'
                WHEN ord(c) = 127 THEN '\x7F'
                WHEN ord(c) < 32 THEN format('\u{:04X}', ord(c))
                ELSE c
            END
        ),
        ''
    ) || '"'
    ELSE '"' || x || '"'
END;
