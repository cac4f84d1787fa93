-- The syntax tree of a question, which is not run by this.
SELECT json_serialize_sql($1::VARCHAR);
