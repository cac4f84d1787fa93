-- From here on names mean what may be shown to everybody, where there is such a view.
SET search_path = 'shown,main';
