-- The host that a visit came from.
referrer_host({{alias}}.referrer, {{alias}}.host)
