-- Lists that may have one.
len({{column}}) > 0
