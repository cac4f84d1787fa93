-- The texts of a list's items as Ruby's inspect writes the list.
CREATE OR REPLACE MACRO service_list(items) AS
'[' || array_to_string(list_transform(items, lambda i: coalesce(i, 'nil')), ', ') || ']';
