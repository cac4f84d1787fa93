-- The last error of each unit.
last_errors AS MATERIALIZED (
    SELECT unit, arg_max(name, {{moment}}) AS error
    FROM marked
    WHERE is_error AND unit IN (SELECT unit FROM {{units}} WHERE reason = 5)
    GROUP BY unit
),
