-- An event's referrer.
JOIN referrers AS r ON r.referrer_code = s.referrer_code
