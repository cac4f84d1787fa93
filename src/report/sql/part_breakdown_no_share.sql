-- Parts of which there is no whole.
CAST(NULL AS DOUBLE)
