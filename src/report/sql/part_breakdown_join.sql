-- An event's window.
JOIN windows AS w ON w.quarter = epoch_us(a.t) // 900000000
