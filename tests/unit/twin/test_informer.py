"""Reading one's own writes."""

from twin.cluster.client.api import Api
from twin.cluster.client.informer import Informer
from twin.cluster.client.kinds import PODS, Object
from twin.cluster.client.kubeconfig import Access


def informer() -> Informer:
    return Informer(Api(Access("http://127.0.0.1:1", "", ""), "test"), PODS)


def version(number: int, uid: str = "one") -> Object:
    return {"metadata": {"namespace": "dev", "name": "a", "uid": uid, "resourceVersion": str(number)}}


def test_an_answer_is_seen_at_once_and_an_older_event_does_not_hide_it() -> None:
    pods = informer()
    pods.answered(version(5))
    pods.saw(version(4))
    assert pods.get("dev", "a") == version(5)


def test_an_answer_that_comes_after_the_end_does_not_bring_an_object_back() -> None:
    pods = informer()
    pods.saw(version(4))
    pods._remove(("dev", "a"))
    pods.answered(version(5))
    assert pods.get("dev", "a") is None


def test_its_namesake_is_another_object() -> None:
    pods = informer()
    pods.saw(version(4))
    pods._remove(("dev", "a"))
    pods.answered(version(6, uid="two"))
    assert pods.get("dev", "a") == version(6, uid="two")


def test_an_object_that_a_list_was_too_old_to_know_comes_back_with_its_event() -> None:
    pods = informer()
    pods.answered(version(5))
    pods._remove(("dev", "a"))
    pods.saw(version(5))
    pods.answered(version(6))
    assert pods.get("dev", "a") == version(6)
