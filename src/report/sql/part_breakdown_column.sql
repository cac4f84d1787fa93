-- A column of the answer.
s.{{key}} AS {{name}}, 
