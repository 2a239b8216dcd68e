"""What each kind's fields are: `types` reads the published API description, `lists` adds how lists and maps merge, `strictness` finds what doesn't
fit, `defaults` fills in what was left out, `rules` refuses what a real server's validation would refuse (`names`, `endpoint_rules` and
`pod_rules` are its parts)."""
