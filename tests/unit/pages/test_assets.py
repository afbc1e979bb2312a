from __future__ import annotations

import re
import subprocess
from pathlib import Path, PurePosixPath

import dpnb
from dpnb.pages.assets import MEDIA_TYPES, MODULES, css, esm, index, served_files

FOLDER = Path(dpnb.__file__).parent


def test_the_widgets_single_module_is_one_that_engines_take(require, tmp_path):
    whole = tmp_path / "widget.mjs"
    whole.write_text(esm(), "utf-8")
    done = subprocess.run([require("node"), "--check", whole], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert esm().count("export default") == 1
    assert not re.search(r"^import ", esm(), re.MULTILINE)


def test_every_module_is_served_and_imports_only_what_is_served():
    served = served_files()
    assert {f"pages/page/{path.name}" for path in (FOLDER / "pages/page").glob("*.js")} - {
        "pages/page/widget.js"
    } <= served.keys()
    for path, content in served.items():
        assert PurePosixPath(path).suffix in MEDIA_TYPES
        for imported in re.findall(r'from "([^"]+)"', content.decode()):
            found = (FOLDER / path).parent.joinpath(imported).resolve().relative_to(FOLDER)
            assert found.as_posix() in served, f"{path} imports {imported}"


def test_modules_come_after_those_that_they_import():
    before: set[str] = set()
    for name in MODULES:
        text = (FOLDER / "pages/page" / name).read_text("utf-8")
        assert set(re.findall(r'from "\./([^"]+)"', text)) <= before, name
        before.add(name)


def test_nothing_comes_from_elsewhere_and_no_markup_is_made_of_text():
    whole = esm() + css() + index()
    assert set(re.findall(r"https?://[^\s\"')]+", whole)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", whole)


def test_no_two_modules_of_the_widget_give_the_same_name_to_something():
    named = re.findall(r"^(?:async )?(?:function|class|const|let|var)\*? +(\[[^\]]*\]|\w+)", esm(), re.MULTILINE)
    names = [name for found in named for name in re.findall(r"\w+", found)]
    assert len(names) > 100
    assert not {name for name in names if names.count(name) > 1}


def test_no_style_is_an_attribute_which_the_served_pages_policy_forbids():
    for path, content in served_files().items():
        if path.endswith(".js"):
            assert not re.search(r"""\bstyle:|setAttribute\(["']style""", content.decode()), path


def test_the_page_holds_no_script_or_style_of_its_own():
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", index())


def test_the_page_loads_the_same_sheets_in_the_same_order_as_the_widget_has_them():
    linked = re.findall(r'rel="stylesheet" href="assets/([^"]+)"', index())
    assert css() == "".join(served_files()[path].decode() for path in linked)


def test_no_sheet_repeats_what_all_views_have_in_common():
    shared = served_files()["notebook/page_parts/views.css"].decode()
    common = set(re.findall(r"--\w+(?=:)", shared))
    for path, content in served_files().items():
        if path.endswith(".css") and content.decode() != shared:
            assert not common & set(re.findall(r"--\w+(?=:)", content.decode())), path
            assert "ui-monospace" not in content.decode(), path
