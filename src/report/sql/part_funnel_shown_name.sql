-- Where they are with the values that are shown.
shown
