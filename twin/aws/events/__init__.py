"""EventBridge: `delivery` from rules to targets, `shape` what a target gets, `sources` what AWS's own services announce, `schedules` rate() and cron().

Beside it `queues`, SQS as an event source of functions, `topics`, what is published to SNS, and `expiry`, DynamoDB's time to live.
"""
