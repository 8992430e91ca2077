"""Training in several processes, on one machine or more.

`--nproc` or torchrun starts them; each computes its share of every batch, and gradients are summed
over them. Where the sums are ordered (`sums`), and running statistics of norms take up all shares
in their order (`norms`), the training has the bits of one process that accumulates the shares.
"""
