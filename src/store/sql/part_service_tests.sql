-- Tests written as test=variant.
list_transform(
    {{value}},
    lambda t: {
        'test': split_part(t, '=', 1),
        'variant': CASE WHEN contains(t, '=') THEN substr(t, instr(t, '=') + 1) END
    }
)
