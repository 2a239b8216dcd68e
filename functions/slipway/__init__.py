"""Slipway's control plane: one package, one Lambda function per step.

The pipeline, in the order in which a `git push` passes through it. Each state of `statemachines/` has a file of its
name in `handlers/` (parse, call the step, serialise) and in `steps/` (what happens):

    webhook            GitHub's signed event becomes a run
    release:  open_run → build (build_finished wakes it) → admit → deploy, per environment → close_run
    deploy:   plan → await_approval (where people decide) → acquire_lease → apply → watch_rollout → smoke_test → record → release_lease
              and when that fails: restore_previous → verify_restored → record → release_lease
    rollback: choose_target → deploy, held afterwards

What happens is told outside, on the code host and in chat, by `tell`: every event of a timeline asks for it, by a queue (docs/telling.md).

People come in by `console/`: approval pages (show_approval, vote) and a JSON API for the command line (overview, timeline_of, vote, resume).

`domain/` decides and knows no AWS, `ports/` name what steps need, `adapters/` talk to the world, `bootstrap.py`
puts them together.
"""
