"""However votes, newer questions, other rules and deaths of functions meet: never a decision without quorum, and who waits hears the decision once."""

from hypothesis.stateful import run_state_machine_as_test

from tests.property.budget import budget
from tests.property.dynamodb import dynamodb, empty_table
from tests.property.vote_machine import VoteMachine
from tests.property.world import World


class DynamoVoteMachine(VoteMachine):
    """Others come between any two requests to the table."""

    def make_world(self) -> World:
        return World("prod", memory=empty_table(), staged=("configurations", "mails"))


def test_only_the_right_people_decide() -> None:
    run_state_machine_as_test(VoteMachine, settings=budget(30))


def test_so_it_is_in_dynamodb() -> None:
    with dynamodb():
        run_state_machine_as_test(DynamoVoteMachine, settings=budget(8))
