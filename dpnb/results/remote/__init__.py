"""What stores of results away from this machine share, whatever they are made of.

::

    write    value ─► a file of this machine, as `FilesystemIOManager` writes it ─► uploaded whole ─► kept in the mirror
    load     the object's end (its footer) ─► is that what the mirror holds?  ─ yes ─► mapped from the mirror
                                                                              └ no ─► downloaded, verified, kept
    browse   the object's end and its opcodes; of the large buffers only what somebody looks at (`paging`)
    link     the object's end ─► copied by the server

An object is byte for byte the file that `FilesystemIOManager` writes, under the same path, so that a store may be
copied from one to the other with any tool. `objects.py` states what is needed of a place that keeps objects.
"""
