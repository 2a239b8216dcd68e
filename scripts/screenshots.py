"""Takes the pictures of docs/promotion.md: a person approves two versions in a browser, on a stack of its own.

    make screenshots

The browser is Debian's Chromium (`apt-get install chromium chromium-driver fonts-dejavu-core`), with JavaScript switched off: the page has to work so.
Exit status 1 when a click doesn't bring the version to prod.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from twin.demo import edits
from twin.demo.acts import LiveIn, New, Push
from twin.demo.approver import Approver
from twin.demo.facts import Ending, Expectation
from twin.demo.questions import Ballot, Question
from twin.demo.report import Report
from twin.demo.scene import Scene
from twin.demo.story import BRANCH_STAGE, DEV, MAIN, PROD, SERVICE, STAGE
from twin.demo.traffic import Load
from twin.stack.running import running_stack

IMAGES = Path("docs/images")
GRACE = Ballot("grace", "grace@example.com", "approve", "looks fine")
WIDE, NARROW = (1000, 2060), (390, 2760)
"""Windows, in CSS pixels: a laptop's and a telephone's."""
PATIENCE_SECONDS = 30


class InTheBrowser(Approver):
    """Opens the link of the mail in Chromium, takes pictures of the page, writes the reason and clicks."""

    chromium: webdriver.Chrome
    pictures: Path

    def answer(self, deployment: str, run: str, ballot: Ballot, since: float) -> Question:
        mails = self._mails(ballot, since)
        before = self.waiting(deployment, run)
        self.chromium.get(next(mail.link for mail in mails if ballot.address in mail.to))
        for name, size in (("approval-narrow.png", NARROW), ("approval.png", WIDE)):
            self.chromium.set_window_size(*size)
            self.chromium.save_screenshot(str(self.pictures / name))
        after = self.waiting(deployment, run)
        self.chromium.find_element(By.NAME, "reason").send_keys(ballot.reason)
        self.chromium.find_element(By.CSS_SELECTOR, f"button[value={ballot.choice}]").click()
        result = WebDriverWait(self.chromium, PATIENCE_SECONDS).until(lambda page: page.find_element(By.CSS_SELECTOR, "[role=status]"))
        return Question(deployment, tuple(mails), (), before, after, 200, result.text)


@contextmanager
def browser() -> Iterator[webdriver.Chrome]:
    """A headless Chromium that ends with the block."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        sys.exit("There is no Chromium here: apt-get install chromium chromium-driver fonts-dejavu-core")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    started = webdriver.Chrome(options, webdriver.ChromeService(driver))
    try:
        yield started
    finally:
        started.quit()


def main() -> int:
    """Two versions go to prod, so that the second's page has a difference to show."""
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as runs,
        running_stack("screenshots", runs=Path(runs)) as stack,
        Load(f"{stack.front_door}/", stack.folder / "load.jsonl") as load,
        browser() as chromium,
    ):
        scene = Scene(stack, SERVICE, load, Report(Console()))
        scene.approver = approver = InTheBrowser(stack, scene.observer, scene.report)
        approver.chromium, approver.pictures = chromium, IMAGES
        for number, edit in enumerate((edits.describe_the_interface, edits.greet)):
            Push(MAIN, New("A version", edit)).perform(scene, Expectation(Ending.LIVE, DEV))
            Push(BRANCH_STAGE, LiveIn(DEV)).perform(scene, Expectation(Ending.LIVE, STAGE))
            ended = Push(f"refs/tags/v1.{number}.0", LiveIn(STAGE)).perform(scene, Expectation(Ending.LIVE, PROD, ballot=GRACE))
            if ended.state != "live":
                print(f"v1.{number}.0 isn't live in prod: {ended.state}, {ended.reason or ended.late}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
