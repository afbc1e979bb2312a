"""What a workspace is made of, named in one place: in code, in environment variables, in the file ``dpnb.toml``.

::

    Workspace(database=…, storage=…)   what code says comes first
    DPNB_DATABASE, DPNB_STORAGE, …     then the environment
    dpnb.toml                          then the file
                                       then a folder ``.dpnb``, SQLite, worker processes

The file is the one that is given, ``Workspace("dpnb.toml")``, or ``DPNB_CONFIG`` names, or the nearest one at or above
the working directory, up to the project's root. To a workspace whose folder is given, ``Workspace("project/.dpnb")``, a
file belongs that lies at or above it, or the working directory, and names, or means, that folder. An example, with all
that there is::

    home = ".dpnb"                                     # beside the file, if nothing else is said
    database = "postgresql://etl:${PGPASSWORD}@db.example/dpnb"
    broker = "redis://queue.example:6379/0"
    storage = "file:/mnt/shared/dpnb"                  # or a table, for what a kind of storage takes besides
    user = "kim"                                       # as `runs()` tells who ran what, where and from which notebook
    host = "gpu-3"
    notebook = "nightly.ipynb"

    [executor]
    url = "pool:"
    workers = 4

``${NAME}`` stands for an environment variable, so that no secret need lie in the file. Within a URL its text is quoted
as URLs want it; where it is the whole value it is taken as it is. What is not known is refused, with the name that is
near. Relative paths are meant from the file's folder.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from dpnb.errors.url_text import without_secrets
from dpnb.workspace.home import FOLDER, PROJECT_MARKS, find_home
from dpnb.workspace.secret import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "dpnb.toml"


@dataclass(frozen=True, slots=True)
class Named:
    """A store or an executor by URL, with the options that its kind takes."""

    url: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.url)

    @property
    def plain_options(self) -> dict[str, Any]:
        """The options as what they are, secrets included."""
        return plain(self.options)

    def __repr__(self) -> str:
        more = f", {', '.join(self.options)}=…" if self.options else ""
        return f"Named({without_secrets(self.url)!r}{more})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a workspace is made of; an empty text where nothing was said. Its repr shows no secret."""

    home: Path
    file: Path | None = None  # where it was read from
    database: str = ""
    storage: Named = field(default_factory=Named)
    broker: str = ""
    executor: Named = field(default_factory=Named)
    user: str = ""
    host: str = ""
    notebook: str = ""

    @classmethod
    def of(cls, path: str | Path | None = None) -> Self:
        """Return what environment and file say of a workspace: that of a folder, of a file, or the default one.

        Raises
        ------
        SettingsError
            There is no such file, or it or a variable says what makes no sense.
        """
        from dpnb.workspace.settings_environment import said_by_environment

        home, file = _place(path)
        said = {**_said_by(file), **said_by_environment()}
        return cls(**{**said, "home": home, "file": file})

    def but(self, **said: Any) -> Self:
        """Return the settings with what code says, as far as it says anything."""
        return replace(self, **{name: value for name, value in said.items() if value is not None})

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which another process comes to the same."""
        from dpnb.workspace.settings_environment import variables_of

        return variables_of(self)


def _place(path: str | Path | None) -> tuple[Path, Path | None]:
    """Return a workspace's folder, and the file that speaks for it."""
    named = os.environ.get("DPNB_CONFIG")
    if path is None:
        file = Path(named).expanduser().absolute() if named else nearest_file(Path.cwd())
        asked_for = os.environ.get("DPNB_HOME")
        return find_home() if asked_for or file is None else home_of(file), file
    given = Path(path).expanduser().absolute()
    if given.suffix == ".toml":
        return home_of(given), given
    for file in (
        Path(named).expanduser().absolute() if named else None,
        nearest_file(given.parent),
        nearest_file(Path.cwd()),
    ):
        if file is not None and home_of(file) == given:
            return given, file
    return given, None


def nearest_file(start: Path) -> Path | None:
    """Return the file that is nearest at or above a folder, not above the project's root."""
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder / FILE
        if any((folder / mark).exists() for mark in PROJECT_MARKS):
            return None
    return None


def home_of(file: Path) -> Path:
    """Return the folder of the workspace that a file speaks for."""
    return Path(_said_by(file).get("home") or file.parent / FOLDER)


def _said_by(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    from dpnb.workspace.settings_file import said_by_file

    return said_by_file(file)
