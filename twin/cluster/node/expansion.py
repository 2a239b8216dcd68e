"""`$(NAME)` in commands and variables. Pure; used by `command` and `environment`.

https://github.com/kubernetes/kubernetes/blob/master/third_party/forked/golang/expansion/expand.go
"""

import re
from collections.abc import Mapping

_OPERATOR = re.compile(r"\$(?:(\$)|\(([^)]*)\))")


def expand(text: str, variables: Mapping[str, str]) -> str:
    """`$(NAME)` becomes the variable's value and stays as it is when there is none; `$$` is a dollar sign."""
    return _OPERATOR.sub(lambda found: "$" if found[1] else variables.get(found[2], found[0]), text)
