-- No statement changes a setting from here on.
SET GLOBAL lock_configuration = true;
