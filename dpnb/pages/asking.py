"""The one door to all that the pages show and do: a method's name and its parameters in, plain JSON out."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

from dpnb import __version__
from dpnb.errors import PageRequestError, closest
from dpnb.notebook.panel.board import look
from dpnb.notebook.panel.rerun_form import read_rerun, rerun_form
from dpnb.orchestrator import get_run
from dpnb.pages import messages
from dpnb.pages.controls import Controls
from dpnb.pages.listing import RunListing
from dpnb.pages.messages import read_request
from dpnb.pages.portable import portable
from dpnb.pages.result_views import ResultViews
from dpnb.pages.run_panel import RunPanels
from dpnb.render.palette import CHANGES, STATES
from dpnb.results.records import RunStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dpnb.workspace import Workspace


class _Method(NamedTuple):
    """How a method is answered; `changes` tells whether anything is another afterwards."""

    request: type
    answer: Callable[[Any], dict[str, Any]]
    changes: bool = False


class Pages:
    """What the pages of one workspace ask for.

    Parameters
    ----------
    workspace
        Whose runs they show.
    controls
        How runs are cancelled, resumed and repeated; in this process where it is None.

    Examples
    --------
    >>> import tempfile
    >>> from dpnb import Workspace
    >>> Pages(Workspace(tempfile.mkdtemp())).ask("runs.list", {})["total"]
    0
    """

    def __init__(self, workspace: Workspace, controls: Controls | None = None) -> None:
        self.workspace = workspace
        self._controls = controls or Controls(workspace)
        self._panels = RunPanels(workspace)
        self._listing = RunListing(workspace)
        self._results = ResultViews(workspace)
        self._methods = self._reading() | self._changing()

    def ask(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer, as JSON can carry it anywhere.

        Raises
        ------
        PageRequestError
            There is no such method, or a parameter does not fit.
        DpnbError
            It cannot be done, for the reason that the error tells.
        """
        known = self._methods.get(method)
        if known is None:
            near = closest(method, self._methods)
            raise PageRequestError(method, rule=f"there is no such method{f', but {near[0]!r}' if near else ''}")
        answer: dict[str, Any] = portable(known.answer(read_request(known.request, method, params)))
        return answer

    def changes(self, method: str) -> bool:
        """Tell whether a method changes anything, so that it must not be answered twice."""
        return method in self._methods and self._methods[method].changes

    def close(self) -> None:
        """Let go of what is open for the pages."""
        self._results.close()

    def _reading(self) -> dict[str, _Method]:
        return {
            "hello": _Method(messages.Nothing, self._hello),
            "runs.list": _Method(messages.RunsAsked, self._listing.page),
            "runs.sizes": _Method(messages.SeveralAsked, self._sizes),
            "run.panel": _Method(messages.RunAsked, lambda asked: self._panels.panel(asked.run_id)),
            "run.moment": _Method(messages.MomentAsked, lambda asked: self._panels.moment(asked.run_id, asked.task)),
            "run.form": _Method(messages.RunAsked, lambda asked: rerun_form(get_run(asked.run_id, self.workspace))),
            "run.facts": _Method(messages.RunAsked, lambda asked: self._panels.facts(asked.run_id)),
            "result.answer": _Method(messages.ResultAsked, self._results.answer),
            "result.stop": _Method(messages.ViewerAsked, self._stop_result),
            "result.leave": _Method(messages.ViewerAsked, self._leave_result),
            "compare": _Method(messages.PairAsked, self._compare),
            "compare.values": _Method(messages.ValuesAsked, self._compare_values),
            "schedules": _Method(messages.Nothing, self._schedules),
            "disk": _Method(messages.Nothing, self._disk),
        }

    def _changing(self) -> dict[str, _Method]:
        return {
            "run.cancel": _Method(messages.CancelAsked, self._cancel, changes=True),
            "run.resume": _Method(messages.RunAsked, self._resume, changes=True),
            "run.rerun": _Method(messages.RerunAsked, self._rerun, changes=True),
            "run.remark": _Method(messages.RemarkAsked, self._remark, changes=True),
            "runs.delete": _Method(messages.SeveralAsked, self._delete, changes=True),
            "disk.prune": _Method(messages.PruneAsked, self._prune, changes=True),
            "schedule.pause": _Method(messages.ScheduleAsked, self._pause_schedule, changes=True),
            "schedule.resume": _Method(messages.ScheduleAsked, self._resume_schedule, changes=True),
            "schedule.fire": _Method(messages.ScheduleAsked, self._fire_schedule, changes=True),
        }

    # Reading

    def _hello(self, _: messages.Nothing) -> dict[str, Any]:
        return {
            "version": __version__,
            "home": str(self.workspace.home),
            "statuses": [{"state": status.value, **look(status.value)} for status in RunStatus],
            "looks": {name: look(name) for name in (*STATES, *CHANGES)},
        }

    def _sizes(self, asked: messages.SeveralAsked) -> dict[str, Any]:
        from dpnb.pages.disk import sizes_of

        return sizes_of(self.workspace, asked.run_ids[: messages.MOST_RUNS])

    def _stop_result(self, asked: messages.ViewerAsked) -> dict[str, Any]:
        self._results.stop(asked.viewer)
        return {}

    def _leave_result(self, asked: messages.ViewerAsked) -> dict[str, Any]:
        self._results.leave(asked.viewer)
        return {}

    def _compare(self, asked: messages.PairAsked) -> dict[str, Any]:
        from dpnb.pages.comparing import compare_runs

        return compare_runs(self.workspace, asked.a, asked.b)

    def _compare_values(self, asked: messages.ValuesAsked) -> dict[str, Any]:
        from dpnb.pages.comparing import compare_task_values

        return compare_task_values(self.workspace, asked.a, asked.b, asked.task)

    def _schedules(self, _: messages.Nothing) -> dict[str, Any]:
        from dpnb.pages.timetables import list_schedules

        return list_schedules(self.workspace)

    def _disk(self, _: messages.Nothing) -> dict[str, Any]:
        from dpnb.pages.disk import disk_use

        return disk_use(self.workspace)

    # Changing

    def _cancel(self, asked: messages.CancelAsked) -> dict[str, Any]:
        self._controls.cancel(get_run(asked.run_id, self.workspace), at_once=asked.at_once)
        word = "killing what runs" if asked.at_once else "cancelling; Kill ends what does not stop by itself"
        return {"word": word, "run_id": asked.run_id}

    def _resume(self, asked: messages.RunAsked) -> dict[str, Any]:
        return asdict(self._controls.resume(get_run(asked.run_id, self.workspace)))

    def _rerun(self, asked: messages.RerunAsked) -> dict[str, Any]:
        run = get_run(asked.run_id, self.workspace)
        wanted = read_rerun(run, tasks=asked.tasks, downstream=asked.downstream, params=asked.params)
        return asdict(self._controls.rerun(run, wanted, asked.key))

    def _remark(self, asked: messages.RemarkAsked) -> dict[str, Any]:
        run = get_run(asked.run_id, self.workspace)
        if asked.note is not None:
            run.note(asked.note)
        if asked.pinned is not None:
            (run.pin if asked.pinned else run.unpin)()
        return {"note": run.note(), "pinned": run.is_pinned}

    def _delete(self, asked: messages.SeveralAsked) -> dict[str, Any]:
        from dpnb.pages.removal import delete_runs

        told = delete_runs(self.workspace, asked.run_ids)
        self._results.forget(told["deleted"])
        return told

    def _prune(self, asked: messages.PruneAsked) -> dict[str, Any]:
        from dpnb.pages.disk import prune

        return prune(self.workspace, asked)

    def _pause_schedule(self, asked: messages.ScheduleAsked) -> dict[str, Any]:
        from dpnb.pages.timetables import pause_schedule

        return pause_schedule(self.workspace, asked.name)

    def _resume_schedule(self, asked: messages.ScheduleAsked) -> dict[str, Any]:
        from dpnb.pages.timetables import resume_schedule

        return resume_schedule(self.workspace, asked.name)

    def _fire_schedule(self, asked: messages.ScheduleAsked) -> dict[str, Any]:
        from dpnb.pages.timetables import fire_schedule

        return fire_schedule(self.workspace, asked.name)
