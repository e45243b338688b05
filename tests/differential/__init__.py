"""Differential test: the same configurations before kea-hac's rules and before real Kea, and where the two disagree.

    values, making   valid configurations made by the grammar, with values that mean something
    places           the maps of a configuration, each with the scope it is
    text             configurations as Kea reads them, duplicate keys included
    grammar_faults   one mistake of form: a key dropped, renamed, retyped, misplaced …
    meaning_faults   one mistake of meaning: a pool outside its subnet, an address of the other family …
    faulty_values    what those put in
    corpus           every case of a version, by a fixed seed
    verdicts         both judges, at the check and at the load; the four cells
    seeds/           hand-written configurations that touch every scope

`python -m tests.differential` prints the cells and clusters of disagreements; `tests/kea/test_differential.py` asserts them.
"""
