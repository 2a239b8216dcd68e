"""The twin's GitHub: bare repositories to clone from and push to, and signed webhooks about it. `python -m twin.github`, started by the supervisor.

`seeds` chooses what the first commit holds, `repositories` keeps the bare repositories, `transfer` speaks git's smart HTTP protocol, `history` reads what a
push has changed, `events` turns that into GitHub's payloads, `deliveries` signs, sends and records them, `api` answers GitHub's REST paths for webhooks,
`page` shows it all to a person. The rest is for the GitHub App that Slipway signs in as: `app` checks its tokens, `app_api`, `git_api` and `board_api` answer
its REST paths, `comparing` compares commits, `board` keeps statuses and deployments, `limits` refuses too many of them.

Imitated: one event per changed ref and none for tags when more than three are pushed at once, payloads, delivery headers and signatures, ten seconds for the
receiver's answer, no redelivery but by request, deliveries in the order of the pushes.
The App's signature, its tokens' hour, repositories and permissions, and the limit on created content are checked as GitHub does.
Left out: every other event and REST path, users and their permissions (whoever reaches the loopback address may read, push and redeliver; a pusher is who
tagged or committed), requests without a token to a public repository, protected branches, pull requests, rate limits other than that. A hook isn't pinged
when it is made; deliveries, statuses and deployments are kept in memory.
"""
