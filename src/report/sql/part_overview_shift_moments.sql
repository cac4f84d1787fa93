-- From a moment to another.
({{from}} - {{before}})
