-- Properties whose values everybody may see.
AND NOT p.hidden
