-- The range begins.
AND {{time}} >= {{moment}}
