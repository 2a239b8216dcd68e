"""The twin's GitHub: bare repositories to clone from and push to, and signed webhooks about it. `python -m twin.github`, started by the supervisor.

`seeds` chooses what the first commit holds, `repositories` keeps the bare repositories, `transfer` speaks git's smart HTTP protocol, `history` reads what a
push has changed, `events` turns that into GitHub's payloads, `deliveries` signs, sends and records them, `api` answers GitHub's REST paths for webhooks,
`page` shows it all to a person.

Imitated: one event per changed ref and none for tags when more than three are pushed at once, payloads, delivery headers and signatures, ten seconds for the
receiver's answer, no redelivery but by request, deliveries in the order of the pushes.
Left out: commit statuses and deployments (a later part), every other event and REST path, users and permissions (whoever reaches the loopback address may
read, push and redeliver; a pusher is who committed), protected branches, pull requests. A hook isn't pinged when it is made, and deliveries are kept in memory.
"""
