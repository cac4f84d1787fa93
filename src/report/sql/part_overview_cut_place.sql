-- The number of a panel.
list_position([{{names}}], d.panel) - 1
