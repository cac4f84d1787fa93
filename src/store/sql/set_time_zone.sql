-- Times with a zone show as UTC, wherever the machine stands.
SET GLOBAL TimeZone = 'UTC';
