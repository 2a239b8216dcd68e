"""GitHub's limit on requests that create content: 80 in a minute and 500 in an hour, for everything that one App makes.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
The other limits (requests an hour, at once, a minute's points) are left out.
"""

import time
from collections import deque
from collections.abc import Callable

from twin.github.answers import refusal

MOST_A_MINUTE = 80
MOST_AN_HOUR = 500
_MINUTE_SECONDS = 60
_HOUR_SECONDS = 3600


class ContentLimit:
    """`clock` gives seconds since whenever."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._made: deque[float] = deque(maxlen=MOST_AN_HOUR)

    def spend(self) -> None:
        """One piece of content. 403 with Retry-After when there were too many."""
        now = self._clock()
        for most, seconds in ((MOST_A_MINUTE, _MINUTE_SECONDS), (MOST_AN_HOUR, _HOUR_SECONDS)):
            if len(self._made) >= most and (wait := self._made[-most] + seconds - now) > 0:
                message = (
                    "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later."
                )
                raise refusal(403, message, headers={"Retry-After": str(int(wait) + 1)})
        self._made.append(now)
