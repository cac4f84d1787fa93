-- The host that a visit came from, without www.; NULL where there is none, and for pages of the same host.
nullif(nullif(
    regexp_replace(lower(regexp_extract({{alias}}.referrer, '^[a-zA-Z][a-zA-Z0-9+.-]*://([^/?#@]*@)?(\[[^\]/?#]*\]|[^/?#:]+)', 2)), '^www\.', ''),
    regexp_replace(lower(coalesce({{alias}}.host, '')), '^www\.', '')), '')
