"""EventBridge: `delivery` from rules to targets, `sources` what AWS's own services announce, `schedules` rate() and cron()."""
