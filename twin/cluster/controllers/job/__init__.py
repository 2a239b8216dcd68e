"""The Job controller: pods that run to their end, as many and as often as a Job asks for.

`tally` counts the pods that have ended, `back_off` says when the next may be tried, `need` which pods to make and to delete, `verdict` whether the Job is over
and why, `status` what to report; `controller` acts. `expiry` is a controller of its own: it deletes finished Jobs after `ttlSecondsAfterFinished`.
Source: pkg/controller/job and pkg/controller/ttlafterfinished in k8s.io/kubernetes 1.36. Left out: Indexed Jobs, pod failure policies, success policies,
`managedBy`, and the adoption of pods without an owner.
"""
