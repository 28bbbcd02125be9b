"""A PNG's pixels: as the browser writes them, eight bits of RGB or RGBA, not interlaced (RFC 2083)."""

from __future__ import annotations

import struct
import zlib

Colour = tuple[int, int, int]


class Pixels:
    def __init__(self, png: bytes) -> None:
        if png[:8] != b"\x89PNG\r\n\x1a\n":
            raise ValueError("no PNG")
        data = b""
        at = 8
        while at < len(png):
            length, kind = struct.unpack(">I4s", png[at:at + 8])
            body = png[at + 8:at + 8 + length]
            if kind == b"IHDR":
                self.width, self.height, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", body)
                if depth != 8 or colours not in (2, 6) or interlaced:
                    raise ValueError("a PNG of another kind")
                self.channels = 3 if colours == 2 else 4
            elif kind == b"IDAT":
                data += body
            at += 12 + length
        self._rows = self._unfilter(zlib.decompress(data))

    def _unfilter(self, data: bytes) -> list[bytearray]:
        size, step = self.width * self.channels, self.channels
        rows: list[bytearray] = []
        above = bytearray(size)
        for number in range(self.height):
            start = number * (size + 1)
            kind, row = data[start], bytearray(data[start + 1:start + 1 + size])
            for i in range(size if kind else 0):
                left = row[i - step] if i >= step else 0
                corner = above[i - step] if i >= step else 0
                if kind == 1:
                    guess = left
                elif kind == 2:
                    guess = above[i]
                elif kind == 3:
                    guess = (left + above[i]) // 2
                else:
                    guess = min((abs(above[i] - corner), 0, left), (abs(left - corner), 1, above[i]),
                                (abs(left + above[i] - 2 * corner), 2, corner))[2]
                row[i] = (row[i] + guess) & 255
            rows.append(row)
            above = row
        return rows

    def at(self, x: float, y: float) -> Colour:
        i = int(x) * self.channels
        red, green, blue = self._rows[int(y)][i:i + 3]
        return red, green, blue

    def colours(self, x: float, y: float, width: float, height: float) -> set[Colour]:
        return {self.at(x + i, y + j) for i in range(int(width)) for j in range(int(height))}

    def share(self, colour: Colour, x: float, y: float, width: float, height: float) -> float:
        """How much of a rectangle is of that colour, 0 to 1."""
        seen = [self.at(x + i, y + j) == colour for i in range(int(width)) for j in range(int(height))]
        return sum(seen) / len(seen)


def colour_of(text: str) -> Colour:
    """#rrggbb."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
