"""GitHub, as one of its Apps: who changed what, which deliveries failed, and what developers see beside their commits.

`credentials` reads the App's secret, `http` speaks HTTP and makes GitHub's "come back later" ours, `app` signs in; `commits`, `refs`, `deliveries` and
`statuses` are the ports. A platform that hasn't connected an App, or whose App isn't installed on a repository, gets the answers of somebody who can't
know: no commits but the head, no refs (None), no failed deliveries; statuses go nowhere. Nothing that deploys needs GitHub's API.

docs/github.md says how to connect one. What it needs: the repository permissions Contents (read), Commit statuses (write) and Deployments (write), and its own
webhook with the event Push.
"""
