-- All buckets from the first to the last that there is, unless they are too many: times may be a thousand years apart.
    SELECT {{panel}}, false, unnest(generate_series(first, last, {{step}})), NULL, 0, 0, 0, 0
    FROM (SELECT min(begins) AS first, max(begins) AS last FROM parts WHERE panel = {{panel}})
    WHERE last < first + {{many}} * {{step}}
