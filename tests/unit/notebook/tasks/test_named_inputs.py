from __future__ import annotations

import pytest

from dpnb.notebook.tasks.named_inputs import named_inputs


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("dpnb.inputs['지연']", ("지연",)),
        ("x = [dpnb.inputs['b'], dpnb.inputs['a'], dpnb.inputs['b']]", ("b", "a")),
        ("from dpnb import inputs\nf(inputs['a b'])", ("a b",)),
        ("dpnb.inputs[name]", ()),
        ("other.inputs['a']\ninputs.get('a')", ()),
        ("%matplotlib inline\n!ls\ndpnb.inputs['a']", ("a",)),
        ("no Python dpnb.inputs['a']", ()),
    ],
)
def test_names_are_those_that_stand_in_brackets(source, names):
    assert named_inputs([source]) == names
