-- A question's transaction: whatever the statement says, it cannot write.
BEGIN TRANSACTION READ ONLY;
