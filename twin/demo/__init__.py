"""The demonstration: the whole story of a release on a stack of its own, from the first push to prod and back, judged from outside.

`story` says what is done and what should come of it. `acts` do it: `edits` and `repository` for the developer, `approver` and `form` for who is asked,
`operator_shell` for who rolls back; `scene` is what they share, `perform` plays them in order, `faults` spoil it on request.

`load` (started by `traffic`) is the client that keeps asking. `observe`, with `records`, `timeline` and `workflows`, `cluster` and `registry` read what
happened from where anybody could read it. All of it ends up in `facts` and `questions`; `judge` (with `world`, what should run where, `judge_question` and
`judge_end`) compares them with the story, `report` and `summary` show it. `python -m twin.demo` runs it all.
"""
