-- Internal events alone.
AND {{internal}}
