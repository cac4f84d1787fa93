-- Why those who reached a step did not go on.
count(*) FILTER (WHERE reached = {{k}} AND reason = 1) AS quarantined_{{k}},
        count(*) FILTER (WHERE reached = {{k}} AND reason = 2) AS too_late_{{k}},
        count(*) FILTER (WHERE reached = {{k}} AND reason = 3) AS before_{{k}},
        count(*) FILTER (WHERE reached = {{k}} AND reason = 4) AS other_flow_{{k}},
        count(*) FILTER (WHERE reached = {{k}} AND reason = 5) AS error_{{k}},
        count(*) FILTER (WHERE reached = {{k}} AND reason = 6) AS never_{{k}},
