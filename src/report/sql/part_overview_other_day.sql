-- Another day than the one that the range begins in, unless that is whole.
AND ({{from}} = date_trunc('day', {{from}}) OR date_trunc('day', {{from}}) < date_trunc('day', {{to}}))
