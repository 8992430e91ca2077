"""Inputs without end for the whole program: whatever a text says, it gets a verdict in bounds.

`material` has the texts and words that inputs are made from, `odd` what editors and terminals
stumble over, `draw` makes an input of a seed, `nesting` draws text along the grammar. `examine` puts
an input through every phase and says what must hold; `bounds` limits its time and memory, `shrink`
finds a small input that fails alike. `python -m tests.fuzzing` runs any number of them, and
`python -m tests.fuzzing.guided` lets a coverage-guided fuzzer look for inputs.
"""
