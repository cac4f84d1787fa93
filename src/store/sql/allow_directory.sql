-- The folders that COPY may write to: the one for exports, or none.
SET GLOBAL allowed_directories = [{{directory}}];
