"""The supervisor, from outside: small real processes are started, fail, are killed and end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator

import psutil
import pytest
import pytest_asyncio

from redress.supervisor import supervisor as supervisor_module
from redress.supervisor.backoff import Backoff
from redress.supervisor.program import Program
from redress.supervisor.supervisor import Supervisor, WrongConfiguration


class Output:
    """What a supervisor tells, and a way to wait for it."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self._more = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    def tell(self, name: str, line: str) -> None:
        self.lines.append((name, line))
        task = asyncio.get_running_loop().create_task(self._notify())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _notify(self) -> None:
        async with self._more:
            self._more.notify_all()

    async def until(self, *wanted: tuple[str, str]) -> None:
        async with self._more:
            await self._more.wait_for(lambda: all(self.lines.count(one) >= wanted.count(one) for one in wanted))


def python(name: str, code: str) -> Program:
    return Program(name, (sys.executable, "-u", "-c", code), os.environ)


STAYS = "import signal; print('up'); signal.pause()"


@pytest.fixture
def output() -> Output:
    return Output()


@pytest_asyncio.fixture
async def supervisor(output: Output) -> AsyncIterator[Supervisor]:
    async with Supervisor(output.tell) as supervisor:
        yield supervisor


@pytest.mark.asyncio
async def test_both_outputs_arrive_line_by_line_under_the_name(supervisor: Supervisor, output: Output) -> None:
    await supervisor.start(python("one", "import sys; print('out'); print('err', file=sys.stderr); " + STAYS))
    await output.until(("one", "up"))
    assert output.lines == [("one", "out"), ("one", "err"), ("one", "up")]


@pytest.mark.asyncio
async def test_a_line_that_is_too_long_does_not_stop_the_reading(supervisor: Supervisor, output: Output) -> None:
    await supervisor.start(python("one", "print('x' * 3_000_000); print('after')"))
    await output.until(("one", "after"))


@pytest.mark.asyncio
async def test_one_that_is_killed_is_started_again(supervisor: Supervisor, output: Output) -> None:
    await supervisor.start(python("one", STAYS))
    await output.until(("one", "up"))
    first = supervisor.pid("one")
    supervisor.kill("one")
    await output.until(("one", "up"), ("one", "up"))
    assert ("one", "was ended by SIGKILL; starting it again in 0.5 s") in output.lines
    assert supervisor.restarts("one") == 1
    assert supervisor.pid("one") not in {first, None}


@pytest.mark.asyncio
async def test_one_that_fails_again_and_again_waits_longer_and_longer(supervisor: Supervisor, output: Output) -> None:
    await supervisor.start(python("one", "raise SystemExit(70)"))
    await output.until(
        ("one", "failed with exit code 70; starting it again in 0.5 s"),
        ("one", "failed with exit code 70; starting it again in 1 s"),
    )


def test_pauses_double_up_to_half_a_minute() -> None:
    backoff = Backoff()
    assert [backoff.after_end(0) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_pauses_start_anew_after_a_minute_of_running() -> None:
    backoff = Backoff()
    assert [backoff.after_end(ran) for ran in (0, 0, 59, 60, 0)] == [0.5, 1, 2, 0.5, 1]


@pytest.mark.asyncio
async def test_one_that_ends_well_of_a_signal_that_others_sent_is_started_again_and_the_rest_goes_on(
    supervisor: Supervisor, output: Output
) -> None:
    ends_well = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); "
    await supervisor.start(python("two", STAYS))
    await supervisor.start(python("one", ends_well + STAYS))
    await output.until(("one", "up"), ("two", "up"))
    first, other = supervisor.pid("one"), supervisor.pid("two")
    assert first is not None
    os.kill(first, signal.SIGTERM)
    await output.until(("one", "up"), ("one", "up"))
    assert ("one", "has ended; starting it again in 0.5 s") in output.lines
    assert supervisor.pid("one") not in {first, None}
    assert (supervisor.pid("two"), supervisor.restarts("two")) == (other, 0)


REFUSES = "print('rules.yaml:3: no such queue'); raise SystemExit(2)"


@pytest.mark.asyncio
async def test_a_refused_configuration_ends_everything_with_its_message(output: Output) -> None:
    ended: list[psutil.Process] = []

    async def supervise() -> None:
        async with Supervisor(output.tell) as supervisor:
            await supervisor.start(python("one", STAYS))
            await output.until(("one", "up"))
            ended.append(psutil.Process(supervisor.pid("one")))
            await supervisor.start(python("two", REFUSES))
            await supervisor.wait()

    with pytest.raises(WrongConfiguration, match=r"(?s)two refuses its configuration.*rules\.yaml:3: no such"):
        await supervise()
    assert not ended[0].is_running()


@pytest.mark.asyncio
async def test_a_refused_configuration_is_not_lost_when_nobody_waits_for_it(output: Output) -> None:
    async def supervise() -> None:
        async with Supervisor(output.tell) as supervisor:
            await supervisor.start(python("one", REFUSES))
            await output.until(("one", "refuses its configuration"))

    with pytest.raises(WrongConfiguration):
        await supervise()


@pytest.mark.asyncio
async def test_a_program_that_cannot_be_executed_is_an_error_at_once(supervisor: Supervisor) -> None:
    with pytest.raises(FileNotFoundError):
        await supervisor.start(Program("one", ("/nonexistent/program",), {}))


@pytest.mark.asyncio
async def test_one_that_is_stopped_is_asked_first_and_stays_ended_until_it_is_started(
    supervisor: Supervisor, output: Output
) -> None:
    goes = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: (print('bye'), sys.exit(1))); "
    program = python("one", goes + STAYS)
    await supervisor.start(program)
    await output.until(("one", "up"))
    await supervisor.stop("one")
    assert output.lines == [("one", "up"), ("one", "bye")]
    assert supervisor.pid("one") is None

    await supervisor.start(program)
    await output.until(("one", "up"), ("one", "up"))
    with pytest.raises(ValueError, match="one has been started already"):
        await supervisor.start(program)


@pytest.mark.asyncio
async def test_one_that_is_stopped_while_it_waits_for_its_next_start_is_not_started(
    supervisor: Supervisor, output: Output
) -> None:
    await supervisor.start(python("one", "raise SystemExit(70)"))
    await output.until(("one", "failed with exit code 70; starting it again in 1 s"))
    await supervisor.stop("one")
    assert supervisor.restarts("one") == 1


@pytest.mark.asyncio
async def test_one_that_does_not_listen_is_killed(
    supervisor: Supervisor, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "STOP_SECONDS", 0.2)
    await supervisor.start(python("one", "import signal; signal.signal(15, signal.SIG_IGN); " + STAYS))
    await output.until(("one", "up"))
    await supervisor.stop("one")
    assert ("one", "did not end within 0.2 s, and is killed") in output.lines
    assert supervisor.pid("one") is None


PARENT = f"""
import asyncio, os, sys
from redress.supervisor.program import Program
from redress.supervisor.supervisor import Supervisor
async def main():
    async with Supervisor(lambda name, line: print(supervisor.pid(name), flush=True)) as supervisor:
        await supervisor.start(Program("one", (sys.executable, "-u", "-c", {STAYS!r}), os.environ))
        await supervisor.wait()
asyncio.run(main())
"""


def test_no_program_outlives_a_supervisor_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert child.is_running()
        parent.send_signal(signal.SIGKILL)
    assert psutil.wait_procs([child], timeout=60) == ([child], [])
