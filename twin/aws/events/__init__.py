"""EventBridge: `delivery` from rules to targets, `shape` what a target gets, `sources` what AWS's own services announce, `schedules` rate() and cron()."""
