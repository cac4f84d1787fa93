-- The range ends before.
AND {{time}} < {{moment}}
