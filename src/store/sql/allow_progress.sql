-- What a connection may still set once settings are locked: that it measures how far its question is.
SET GLOBAL allowed_configs = ['enable_progress_bar', 'enable_progress_bar_print', 'progress_bar_time'];
