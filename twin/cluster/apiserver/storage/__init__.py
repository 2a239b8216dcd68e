"""What is stored, and the only ways to change it.

`store` holds objects, gives out resourceVersions and keeps the log that watches follow; `writing` is how objects come in and change, `deletion` how they
go; `quota_status` counts what quotas limit. Everything runs in the server's one event loop and never waits, so each write is atomic without a lock.
"""
