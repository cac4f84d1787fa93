-- A filter: this value, which is not empty.
AND CAST({{column}} AS VARCHAR) = {{value}}
