"""The AWS side of the twin: `python -m twin.aws` serves the AWS API of one account and region, provisioned from `template.yaml`.

`server` moto's HTTP server · `template/` from SAM to plain resources · `provision/` resources to API calls · `functions/`
Lambda · `gateway/` the HTTP API · `events/` EventBridge · `mail/` SES and the mailbox · `builds` CodeBuild · `foundation` and `people` what the template
refers to · `rights/` what a role may do · `weather` AWS at its worst · `loopback` HTTP servers · `interpreter` state machines alone, for tests.
"""

from twin.corrections.imports import leave_out_batch, share_one_loader

leave_out_batch()
share_one_loader()
