"""What annotations mean that are texts."""

from __future__ import annotations

from typing import Any, ForwardRef


def meant(annotation: Any, namespace: dict[str, Any], names: dict[str, Any]) -> Any:
    """Return what an annotation says that is a text, or a text twice because of ``from __future__ import annotations``.

    In a notebook, one such import makes all later cells' annotations texts. What names nothing stays a text.

    Examples
    --------
    >>> meant("list[Row]", {"Row": int}, {})
    list[int]
    """
    for _ in range(2):
        text = annotation.__forward_arg__ if isinstance(annotation, ForwardRef) else annotation
        if not isinstance(text, str):
            break
        try:
            annotation = eval(text, namespace, names)  # noqa: S307 - the user's own
        except Exception:  # noqa: BLE001 - it may name anything
            break
    return annotation
