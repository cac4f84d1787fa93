-- With what they mean now.
INSERT INTO event_names FROM names_now;
