"""One row for every request of a key, whoever records it first."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from dpnb.results import RunLedger
from dpnb.results.launches import Launch, Launches, LaunchState


def test_key_is_recorded_once_though_many_ask_at_the_same_moment(place):
    books = [Launches(RunLedger(place)) for _ in range(4)]
    asked = [Launch.of("수집", {"year": 1}, key="k", run_id=f"run {number}") for number in range(16)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda n: books[n % 4].begin(asked[n]), range(16)))
    assert [is_new for _, is_new in found].count(True) == 1
    assert len({launch.run_id for launch, _ in found}) == 1
    assert books[0].get(asked[0].launch_id) == found[0][0]


def test_one_is_recorded_at_a_time_though_many_ask_at_the_same_moment(place):
    books = [Launches(RunLedger(place)) for _ in range(4)]
    elsewhere = Launch.of("rerun of 런", {})
    books[0].begin(elsewhere)
    seen = {elsewhere.launch_id}
    for _ in range(3):
        with ThreadPoolExecutor(8) as threads:
            asked = threads.map(lambda n: books[n % 4].begin_unless_going(Launch.of("resume of 런", n)), range(16))
            found = list(asked)
        assert [is_new for _, is_new in found].count(True) == 1
        (launch_id,) = {launch.launch_id for launch, _ in found}
        assert launch_id not in seen
        seen.add(launch_id)
        books[0].end(launch_id, LaunchState.FAILED, error="its notebook raised")


def test_launch_whose_process_is_gone_keeps_nobody_from_the_next(place):
    launches = Launches(RunLedger(place))
    launches.begin_unless_going(replace(Launch.of("resume of 런", {}), pid_started=1.0))
    assert launches.begin_unless_going(Launch.of("resume of 런", {}))[1]


def test_launches_are_told_apart_by_pipeline_and_key_and_requests_by_what_they_ask():
    same = Launch.of("a", {"x": 1, "y": 2}, key="k")
    assert Launch.of("a", {"y": 2, "x": 1}, key="k").launch_id == same.launch_id
    assert Launch.of("a", {"y": 2, "x": 1}, key="k").request == same.request
    assert Launch.of("a", {"x": 2}, key="k").launch_id == same.launch_id
    assert Launch.of("a", {"x": 2}, key="k").request != same.request
    assert (
        len({Launch.of(p, {}, key=k).launch_id for p, k in [("a", "bc"), ("ab", "c"), ("a", None), ("a", None)]}) == 4
    )


def test_end_is_recorded_and_a_run_that_is_known_stays_known(place):
    launches = Launches(RunLedger(place))
    launch, _ = launches.begin(Launch.of("a", {}, run_id="r"))
    launches.end(launch.launch_id, LaunchState.FAILED, error="왜")
    ended = launches.get(launch.launch_id)
    assert ended == replace(launch, state=LaunchState.FAILED, error="왜")
    assert launches.get("nope") is None


def test_launch_whose_process_is_gone_is_interrupted_unless_it_is_another_machines():
    launch = Launch.of("a", {})
    assert launch.state_now is LaunchState.GOING
    assert launch.pid == os.getpid()
    gone = replace(launch, pid_started=launch.pid_started - 1)
    assert gone.state_now is LaunchState.INTERRUPTED
    assert replace(gone, machine="elsewhere").state_now is LaunchState.GOING
    assert replace(gone, state=LaunchState.ENDED).state_now is LaunchState.ENDED
