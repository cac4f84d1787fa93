-- Another device on the same day counts if one of them was used before the other.
OR (low <> high AND first_time < last_time)
