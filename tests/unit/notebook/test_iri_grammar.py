from __future__ import annotations

import subprocess
import sys
import textwrap


def said(code: str) -> str:
    """Return what a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_grammar_is_built_for_notebooks_and_iris_are_checked_all_the_same():
    assert (
        said(
            """
            import sys
            import dpnb.notebook.pipeline
            import nbformat, jsonschema
            print("lark" in sys.modules, "rfc3987_syntax" in sys.modules)
            check = jsonschema.FormatChecker().conforms
            print(check("http://한글.kr/가", "iri"), check("http://[", "iri"), check("../가#나", "iri-reference"))
            from rfc3987_syntax import parse
            print(parse("iri", "urn:x").data)
            """
        )
        == "False False\nTrue False True\niri\n"
    )


def test_a_grammar_that_is_there_is_left_alone():
    assert (
        said(
            """
            import rfc3987_syntax, sys
            import dpnb.notebook.headless
            print(sys.modules["rfc3987_syntax"] is rfc3987_syntax)
            """
        )
        == "True\n"
    )


def test_where_it_is_not_installed_nothing_stands_in_for_it():
    assert (
        said(
            """
            import sys
            sys.modules["rfc3987_syntax"] = None
            import dpnb.notebook.headless, jsonschema
            print("iri" in jsonschema.FormatChecker.checkers, sys.modules["rfc3987_syntax"])
            """
        )
        == "False None\n"
    )
