"""Which executor a URL names.

A kind of executor is one line: the scheme of its URLs, and a function of a URL and of options that returns an
`Executor`. Users add their own with `register_executor`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.errors import ExecutorUrlError, closest
from dpnb.errors.url_text import without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dpnb.orchestrator.ports import Executor


type ExecutorOpener = Callable[..., Executor]
"""Makes an executor of a URL and of options by name; what it raises as `TypeError` is an unknown option."""


def open_executor(url: str, options: Mapping[str, Any] | None = None) -> Executor:
    """Return the executor that `url` names.

    Parameters
    ----------
    url
        ``pool:``, worker processes of this machine, with the option ``workers``; ``inline:``, this process;
        ``dask:tcp://scheduler:8786``, a Dask cluster, with the options of `DaskExecutor`; and what is registered
        besides.
    options
        What that kind of executor takes.

    Raises
    ------
    ExecutorUrlError
        There is no such kind of executor, it does not take these options, or its library is not installed.

    Examples
    --------
    >>> open_executor("inline:").capacity
    1
    """
    scheme = url.partition(":")[0]
    if scheme not in _OPENERS:
        raise ExecutorUrlError(without_secrets(url), reason=f"{scheme!r} is no kind of executor", hint=_kinds(scheme))
    try:
        return _OPENERS[scheme](url, **(options or {}))
    except TypeError:  # its text may quote an option's value
        names = ", ".join(map(repr, options or {})) or "none"
        raise ExecutorUrlError(
            without_secrets(url), reason=f"it does not take these options: {names}", hint="see what its kind takes."
        ) from None
    except ModuleNotFoundError as error:
        library = error.name or "a library"
        raise ExecutorUrlError(
            without_secrets(url), reason=f"{library} is not installed", hint=f"pip install {library}"
        ) from None


def register_executor(scheme: str, opener: ExecutorOpener) -> None:
    """Have `opener` make the executors whose URLs begin with ``scheme:``; a later one takes the place of an earlier."""
    _OPENERS[scheme] = opener


def _kinds(scheme: str) -> str:
    near = closest(scheme, _OPENERS, most=1)
    known = ", ".join(f"'{kind}:…'" for kind in sorted(_OPENERS))
    hint = f"known are {known}; dpnb.orchestrator.register_executor adds others."
    return f"did you mean '{near[0]}:…'?" if near else hint


def _pool(_: str, /, *, workers: int | None = None) -> Executor:
    from dpnb.orchestrator.adapters.pooled import PoolExecutor

    if workers is not None and workers < 1:
        raise ValueError(f"workers must be at least 1, not {workers}")
    return PoolExecutor(workers)


def _inline(_: str, /) -> Executor:
    from dpnb.orchestrator.adapters.inline import InlineExecutor

    return InlineExecutor()


def _dask(url: str, /, **options: Any) -> Executor:
    from distributed import Client

    from dpnb.orchestrator.adapters.on_dask.executor import DaskExecutor

    client = Client(url.partition(":")[2])  # type: ignore[no-untyped-call]  # distributed has hardly any annotations
    return DaskExecutor(client, **options)


_OPENERS: dict[str, ExecutorOpener] = {"pool": _pool, "inline": _inline, "dask": _dask}
