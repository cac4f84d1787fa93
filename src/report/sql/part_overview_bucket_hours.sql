-- The begin of an hour as the clocks of the time zone show it, with how far they are from UTC.
strftime({{local}}, '%Y-%m-%dT%H:%M:%S')
            || CASE WHEN {{local}} = {{at}} THEN 'Z' ELSE CASE WHEN {{local}} < {{at}} THEN '-' ELSE '+' END
                || strftime(TIMESTAMP '2000-01-01' + to_microseconds(abs(epoch_us({{local}}) - epoch_us({{at}}))), '%H:%M') END
