-- They are looked at anew.
DELETE FROM day_pages;
