"""Everything that the acts of the story play with: a running stack, the developer's clone, the approver, the users, the onlooker and the report."""

from functools import cached_property

from twin.demo.approver import Approver
from twin.demo.cluster import Namespace
from twin.demo.observe import Observer
from twin.demo.report import Report
from twin.demo.repository import Clone
from twin.demo.timeline import LIVE, Event
from twin.demo.traffic import Load
from twin.stack.description import Description


class Scene:
    """For one service. `load` sends requests to every environment from its first live moment on."""

    def __init__(self, stack: Description, service: str, load: Load, report: Report) -> None:
        self.stack, self.service, self.load, self.report = stack, service, load, report
        self.observer = Observer(stack, service)
        self.namespaces = {environment: Namespace(stack, environment, service) for environment in stack.urls[service]}
        self.approver = Approver(stack, self.observer, report)

    @cached_property
    def clone(self) -> Clone:
        return Clone(self.stack.repositories[self.service], self.stack.folder / "clone")

    def happened(self, environment: str, event: Event) -> None:
        """Tell an event of a deployment to the environment, and let users in when it is live."""
        self.report.event(event)
        if event.kind == LIVE:
            self.load.send_to(environment, self.namespaces[environment].host)
