-- Another device on the same day counts where the tables count it.
OR (low <> high AND (SELECT same_day FROM activity_settings))
