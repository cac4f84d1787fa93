-- The host that a visit came from, without www.; NULL where there is none, and for pages of the same host.
CREATE OR REPLACE MACRO referrer_host(referrer, host) AS
    nullif(nullif(
        regexp_replace(lower(regexp_extract(referrer, '^[a-zA-Z][a-zA-Z0-9+.-]*://([^/?#@]*@)?(\[[^\]/?#]*\]|[^/?#:]+)', 2)), '^www\.', ''),
        regexp_replace(lower(coalesce(host, '')), '^www\.', '')), '');
