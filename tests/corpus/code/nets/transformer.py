"""A transformer sorts texts; id 0 is padding: 128 -> 2, 7,332,354 parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class MaskedAttention(nn.MultiheadAttention):
    """Attention that ignores padded keys and, where causal, keys behind their query."""

    def __init__(self, channels, heads, causal=False, **options) -> None:
        super().__init__(channels, heads, batch_first=True, **options)
        self.causal = causal

    def forward(self, x, kv=None, padding=None) -> torch.Tensor:
        kv = x if kv is None else kv
        mask = None
        if self.causal:
            shape = (x.shape[1], kv.shape[1])
            mask = torch.ones(shape, dtype=torch.bool, device=x.device).triu(1)
        out, _ = super().forward(x, kv, kv, padding, need_weights=False, attn_mask=mask)
        return out


class Positions(nn.Module):
    """Adds a learned vector to each token, by its position."""

    def __init__(self, length: int, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1, length, channels).normal_(std=0.02))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.weight


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mha1 = MaskedAttention(256, 8, dropout=0.1)
        self.dropout1 = nn.Dropout(0.1)
        self.ln1 = nn.LayerNorm(256)
        self.fc1 = nn.Linear(256, 1024)
        self.dropout2 = nn.Dropout(0.1)
        self.fc2 = nn.Linear(1024, 256)
        self.dropout3 = nn.Dropout(0.1)
        self.ln2 = nn.LayerNorm(256)

    def forward(self, x: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        y = self.dropout1(self.mha1(x, padding=words == 0))
        x = self.ln1(x + y)
        y = self.dropout2(F.gelu(self.fc1(x)))  # 128x1024
        return self.ln2(x + self.dropout3(self.fc2(y)))


class Transformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed1 = nn.Embedding(10000, 256, padding_idx=0)
        self.pos1 = Positions(128, 256)
        self.ln1 = nn.LayerNorm(256)
        self.dropout1 = nn.Dropout(0.1)
        self.encoder1 = nn.ModuleList(Encoder() for _ in range(6))
        self.fc1 = nn.Linear(256, 2)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        x = self.dropout1(self.ln1(self.pos1(self.embed1(words))))  # 128x256
        for encoder_part in self.encoder1:
            x = encoder_part(x, words)
        x = x[:, 0]  # 256
        return self.fc1(x)  # 2
