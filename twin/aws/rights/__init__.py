"""IAM: a call of a function's or a state machine's role is made only when a policy of that role allows it, as on AWS. moto enforces nothing.

`permissions` what a request needs · `policies` what a role's policies say to that · `enforcement` in the middle of moto's requests, and the record of
what was used. Left out: people's rights (an IAM user of the twin may do everything), calls of AWS's own services, resource policies,
permission boundaries, session policies, policies of AWS itself.
"""
