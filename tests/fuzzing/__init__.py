"""Inputs without end for the whole program: whatever a text says, it gets a verdict in bounds.

`material` has the texts and words that inputs are made from, `odd` what editors and terminals
stumble over, `nesting` draws text along the grammar, and `draw` makes an input of a seed. `examine`
puts it through every phase and says what must hold; `judge` does so in the `bounds` of time and
memory, and finds a small input that fails alike. `python -m tests.fuzzing` runs any number of them,
and `python -m tests.fuzzing.guided` lets a coverage-guided fuzzer look for inputs.
"""
