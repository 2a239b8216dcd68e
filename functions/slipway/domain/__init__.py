"""What Slipway decides, in plain data and pure functions: no I/O, no AWS, no clock."""
