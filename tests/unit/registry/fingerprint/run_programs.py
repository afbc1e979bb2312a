"""Runs small programs as notebooks are run, each in a fresh process, and prints the fingerprints of their tasks.

Reads ``[{"files": {name: text}, "cells": [text]}, …]`` from standard input. A task is a function whose name is one
letter. Run as a script: its arguments and its environment are part of the experiment.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import json
import linecache
import os
import sys
import tempfile
import types
from pathlib import Path
from typing import Any


def main() -> None:
    ours = ("dpnb.registry.fingerprint.session", "dpnb.registry.fingerprint.known_values")
    for name in (*ours, "attrs", "numpy", "pandas", "pyarrow", "pydantic"):
        importlib.import_module(name)  # so that no forked process has to
    owners = importlib.import_module("dpnb.registry.fingerprint.owners")
    for name in ("attr", "attrs"):
        owners.package_version(name)  # which distribution has brought it takes long to find out
    gc.collect()
    gc.freeze()

    print(json.dumps([in_fresh_process(program) for program in json.load(sys.stdin)]))


def in_fresh_process(program: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - the process ends soon
        try:
            result: dict[str, Any] = run(program)
        except BaseException as error:  # noqa: BLE001 - told to the test
            result = {"error": f"{type(error).__name__}: {error}"}
        with os.fdopen(writing, "w") as pipe:
            json.dump(result, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return json.loads(told)  # type: ignore[no-any-return]


def run(program: dict[str, Any]) -> dict[str, Any]:
    from dpnb.registry.fingerprint import FingerprintSession

    with tempfile.TemporaryDirectory() as folder:
        for name, text in program["files"].items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        os.chdir(folder)
        sys.path.insert(0, folder)
        notebook = types.ModuleType("__main__")
        sys.modules["__main__"] = notebook
        for cell in program["cells"]:
            run_cell(cell, notebook)
        session = FingerprintSession()
        return {name: told(session, func) for name, func in vars(notebook).items() if is_task(name, func)}


def run_cell(text: str, notebook: types.ModuleType) -> None:
    name = f"/tmp/ipykernel_{os.getpid()}/{hashlib.sha1(text.encode()).hexdigest()[:10]}.py"
    linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
    exec(compile(text, name, "exec", dont_inherit=True), vars(notebook))


def is_task(name: str, value: object) -> bool:
    return len(name) == 1 and name.isalpha() and callable(value) and not isinstance(value, type)


def told(session: Any, func: Any) -> dict[str, Any]:
    found = session.fingerprint(func)
    return {
        "digest": found.digest,
        "parts": {path: part.digest for path, part in found.parts.items()},
        "untracked": [str(untracked) for untracked in found.untracked],
    }


if __name__ == "__main__":
    main()
