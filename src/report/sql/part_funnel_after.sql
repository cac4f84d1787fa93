-- The units behind one of them, in the order of the list.
AND (at_1 < {{at}} OR (at_1 = {{at}} AND unit < {{unit}}))
