-- Of a store of before: which days have values by quarters of an hour is not known.
ALTER TABLE day_state ADD COLUMN IF NOT EXISTS by_quarter BOOLEAN;
