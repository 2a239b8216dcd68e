"""The demonstration: the main job on a stack of its own, told as six pushes and judged from outside.

`story` says what is pushed and what should come of it, `repository` pushes it, `load` is the client that keeps asking, `observe` reads what happened
from where anybody could read it, `judge` compares the two, `report` shows it. `python -m twin.demo` runs it all.
"""
