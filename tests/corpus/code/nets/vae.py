"""A variational autoencoder of digits: 1x28x28 -> 1x28x28, 652,824 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


def draw_normal(x: torch.Tensor, dim: int) -> torch.Tensor:
    """Draws from normal distributions, given their means and log-variances as halves of dim."""
    mean, log_variance = x.chunk(2, dim)
    return mean + torch.exp(log_variance / 2) * torch.randn_like(mean)


class Vae(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(784, 400)
        self.fc2 = nn.Linear(400, 40)
        self.fc3 = nn.Linear(20, 400)
        self.fc4 = nn.Linear(400, 784)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        x = torch.flatten(x, 1)  # 784
        x = F.relu(self.fc1(x))  # 400
        moments = self.fc2(x)  # 40
        x = draw_normal(moments, -1)  # 20
        x = F.relu(self.fc3(x))  # 400
        x = torch.sigmoid(self.fc4(x))  # 784
        x = x.unflatten(1, (1, 28, 28))  # 1x28x28
        return {"out": x, "moments": moments}
