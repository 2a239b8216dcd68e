"""From `template.yaml` (SAM) to a list of plain resources that `provision` can create.

`definition` state machine files · `source` the SAM file · `parameters` their values and rules · `intrinsics` Ref, GetAtt, Sub ... ·
`translation` SAM's own transform.
"""
