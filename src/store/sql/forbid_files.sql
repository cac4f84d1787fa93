-- No statement reaches files, the network or extensions from here on.
SET GLOBAL enable_external_access = false;
