-- What is taken over already.
AND NOT EXISTS (
            FROM event_counts_kept_data_next AS k
            WHERE k.time = time_bucket(INTERVAL 15 MINUTE, e.time) AND k.source = e.source AND e.position <= k.upto
        )
