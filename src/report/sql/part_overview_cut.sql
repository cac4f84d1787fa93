-- Sums of a part of a day: whoever comes first in a beginning of it, or last in an end, is one of its people.
    SELECT {{panel}}, {{before}}, {{at}}, {{value}}, sum(d.events), sum(d.visitors_{{which}}), sum(d.sessions_{{which}}), sum(d.pages)
    FROM {{table}} AS d
    WHERE {{of}}{{cut}}
    GROUP BY ALL
