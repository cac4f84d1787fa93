-- One of the filters.
OR (true{{filter}})
