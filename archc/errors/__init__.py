"""Every code archc can say, in families: E00 files, E01 syntax, E02 names and arguments,
E03 shapes, E04 training, E05 weights, E09 what archc does not do yet; W marks warnings.

A code is declared in one place, with its page. Phases import the family they need.
"""
