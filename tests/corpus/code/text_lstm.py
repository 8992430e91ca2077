"""Sorting texts with an LSTM in both directions; id 0 is ...: 64 -> 2, 1,478,914 parameters."""

import torch
from torch import nn


class TextLstm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed1 = nn.Embedding(10000, 128, padding_idx=0)
        self.dropout1 = nn.Dropout(0.2)
        self.lstm1 = nn.LSTM(
            128,
            64,
            num_layers=2,
            dropout=0.2,
            bidirectional=True,
            batch_first=True,
        )
        self.dropout2 = nn.Dropout()
        self.fc1 = nn.Linear(128, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.dropout1(self.embed1(x))  # 64x128
        x = self.lstm1(x)[1][0][-2:].transpose(0, 1).flatten(1)  # 128
        x = self.dropout2(x)
        return self.fc1(x)  # 2
