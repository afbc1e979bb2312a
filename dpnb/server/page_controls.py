"""How the server does what its pages ask for: as the routes of its API do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors import PageRequestError
from dpnb.orchestrator import Run
from dpnb.pages import Controls, Started
from dpnb.registry.value_json import to_jsonable
from dpnb.server.repeating import Repeater
from dpnb.server.routers.actions import ResumeRequest
from dpnb.server.starting import Order

if TYPE_CHECKING:
    from dpnb.orchestrator.rerun_asked import RerunAsked
    from dpnb.results.launches import Launch
    from dpnb.server.state import Means

_WHOLE = ("stale", "all", "failed")


class ServerControls(Controls):
    """Cancels, resumes and repeats runs by what the server has for its callers."""

    def __init__(self, means: Means) -> None:
        super().__init__(means.workspace)
        self._means = means

    def resume(self, run: Run) -> Started:
        """Go on with a run, or have its notebook executed, which does. Raises as `Repeater.resume`."""
        order = Order(pipeline=f"resume of {run.run_id}", body=ResumeRequest().model_dump(mode="json"))
        return _started(Repeater(self._means, run).resume(order), "goes on")

    def rerun(self, run: Run, asked: RerunAsked, key: str | None) -> Started:
        """Start a run that repeats another, once for every click. Raises as `Repeater.rerun`."""
        if isinstance(asked.tasks, str) and asked.tasks not in _WHOLE:
            raise PageRequestError("run.rerun", rule=f"'tasks' is one of {', '.join(map(repr, _WHOLE))}, or names")
        params = {name: to_jsonable(value) for name, value in asked.params.items()}
        body = {"tasks": asked.tasks, "downstream": asked.downstream, "params": params}
        again, _ = Repeater(self._means, run).rerun(Order(pipeline=f"rerun of {run.run_id}", body=body, key=key), asked)
        return _started(again, "runs again as")


def _started(begun: Run | Launch, word: str) -> Started:
    if not isinstance(begun, Run):
        return Started(run_id="", word="its notebook is executed; the run shows in the table once it begins")
    return Started(run_id=begun.run_id, word=word if word == "goes on" else f"{word} {begun.run_id}")
