-- One step of deleting what is past its time.
DELETE FROM {{table}} WHERE received < $1 AND position <= $2 AND {{whose}};
