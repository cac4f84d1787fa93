-- From when on all flows are kept; NULL: all there ever were.
CREATE OR REPLACE VIEW flow_settings AS
SELECT {{since_whole}} AS since;
