-- The end of the range.
{{moment}}
