"""What a part says: notes reach people, everything is in its log, and nothing of it acts on a terminal or stops the stack."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from twin.stack import running
from twin.stack.description import describe
from twin.stack.part import Part, PartEnded, RunningPart
from twin.stack.platform import Environment, Platform, Service
from twin.stack.running import running_stack
from twin.stack.settings import Ports, StackSettings

LAST = "the last note"


def _notes_of(program: str, folder: Path) -> list[str]:
    """Notes of a part that runs `program`, is ready, says its last note and ends when that has arrived."""
    notes: list[str] = []
    leave = folder / "leave"
    os.mkfifo(leave)
    program = f"{program}\nprint('note: {LAST}')\nopen({str(leave)!r}).read()"

    async def run() -> None:
        arrived = asyncio.Event()

        def note(text: str) -> None:
            notes.append(text)
            if text == LAST:
                arrived.set()

        part = RunningPart(Part("talker", [sys.executable, "-c", program], {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}), folder / "log", note)
        await part.until_ready()
        ending = asyncio.create_task(part.until_ended())
        await asyncio.wait_for(arrived.wait(), timeout=30)
        leave.write_text("")
        with pytest.raises(PartEnded):
            await ending

    asyncio.run(run())
    return notes


def test_notes_are_for_people_before_and_after_a_part_is_ready_and_other_lines_are_not(tmp_path: Path) -> None:
    assert _notes_of("for line in ('note: one', 'two', 'ready', 'three', ' note: four', 'note: fünf'): print(line)", tmp_path) == ["one", "fünf", LAST]
    assert (tmp_path / "log").read_text().splitlines() == ["note: one", "two", "three", " note: four", "note: fünf", f"note: {LAST}"]


def test_nothing_in_a_note_acts_on_a_terminal(tmp_path: Path) -> None:
    program = r"""print('ready'); print('note: a\x1b]0;title\x07b\x9b2Jc\rd\u202ee\u2028f')"""
    assert _notes_of(program, tmp_path) == ["a]0;titleb2Jcdef", LAST]


def test_a_stack_that_goes_on_talking_is_not_stopped_by_whoever_started_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that nobody reads is full after 64 KiB."""
    said_all = tmp_path / "said-all"
    os.mkfifo(said_all)
    talk = (
        f"print('starting'); print('ready: Ctrl-C ends the stack'); print('mail to grace\\n' * 100_000, flush=True); open({str(said_all)!r}, 'w').write('all')"
    )
    monkeypatch.setattr(running, "python", lambda *_: [sys.executable, "-c", talk])
    folder = tmp_path / "runs" / "talkative"
    folder.mkdir(parents=True)
    platform = Platform([Environment("dev", "sample-dev", "role")], [Service("sample-app", "acme/sample-app", "chart", "service", ("dev",))])
    described = describe(StackSettings("talkative", folder, Ports.from_base(7070), 64), platform, "https://127.0.0.1:1", {})
    described.save(folder / "stack.json")
    progress: list[str] = []
    with running_stack("talkative", runs=tmp_path / "runs", progress=progress.append) as stack:
        assert stack == described
        assert said_all.read_text() == "all"
    assert progress == ["starting"]
