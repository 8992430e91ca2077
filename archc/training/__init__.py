"""Training: data, loop, checkpoints and the run folder. All but `problem` import torch."""
