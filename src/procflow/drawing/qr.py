"""A text as a QR code (ISO/IEC 18004): bytes, error correction M, as small as it gets up to version 10.

It draws, and must not know what for.
"""

from __future__ import annotations

from collections.abc import Iterator

#: version -> (error correction of each block, how many blocks hold how many bytes).
_BLOCKS: tuple[tuple[int, tuple[tuple[int, int], ...]], ...] = (
    (10, ((1, 16),)), (16, ((1, 28),)), (26, ((1, 44),)), (18, ((2, 32),)), (24, ((2, 43),)), (16, ((4, 27),)),
    (18, ((4, 31),)), (22, ((2, 38), (2, 39))), (22, ((3, 36), (2, 37))), (26, ((4, 43), (1, 44))),
)  # fmt: skip
#: version -> the lines on which the small squares stand.
_SQUARES = (
    (),
    (6, 18),
    (6, 22),
    (6, 26),
    (6, 30),
    (6, 34),
    (6, 22, 38),
    (6, 24, 42),
    (6, 26, 46),
    (6, 28, 50),
)
#: The most bytes that are drawn.
LARGEST = 213
_QUIET = 4

Grid = list[list[bool | None]]


def qr_svg(text: str, title: str) -> str:
    """The code as a drawing that scales; `title` is what it is called, in plain words. Raises ValueError for a text of
    more than LARGEST bytes."""
    from html import escape

    rows = modules(text)
    size = len(rows) + 2 * _QUIET
    path = "".join(
        f"M{x + _QUIET} {y + _QUIET}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, dark in enumerate(row)
        if dark
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges" role="img">'
        f"<title>{escape(title)}</title>"
        f'<rect width="{size}" height="{size}" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    )


def modules(text: str, mask: int | None = None) -> list[list[bool]]:
    """The squares of the code, dark or not; the mask is the one that is best to read, unless it is given."""
    data = text.encode()
    version = next((v for v in range(1, len(_BLOCKS) + 1) if len(data) <= _room(v)), 0)
    if not version:
        raise ValueError(f"{len(data)} bytes are too many for a code of this size")
    bits = _bits(_interleaved(data, version))
    tried = [_drawn(version, bits, m) for m in (range(8) if mask is None else (mask,))]
    return min(tried, key=_trouble)


# what is written


def _room(version: int) -> int:
    """How many bytes of text a version holds."""
    whole = sum(count * size for count, size in _BLOCKS[version - 1][1])
    return whole - (2 if version < 10 else 3)


def _interleaved(data: bytes, version: int) -> bytes:
    correction, groups = _BLOCKS[version - 1]
    whole = sum(count * size for count, size in groups)
    length = 8 if version < 10 else 16
    number, used = (0b0100 << length) | len(data), 4 + length
    for byte in data:
        number, used = number << 8 | byte, used + 8
    end = min(4, whole * 8 - used)
    used += end
    pad = -used % 8
    content = (number << (end + pad)).to_bytes((used + pad) // 8, "big")
    content += bytes((0xEC, 0x11)[n % 2] for n in range(whole - len(content)))
    blocks, at = [], 0
    for count, size in groups:
        for _ in range(count):
            blocks.append(content[at : at + size])
            at += size
    checks = [_correction(block, correction) for block in blocks]
    longest = max(map(len, blocks))
    found = [block[n] for n in range(longest) for block in blocks if n < len(block)]
    return bytes(found + [check[n] for n in range(correction) for check in checks])


def _tables() -> tuple[list[int], list[int]]:
    powers, logs, value = [0] * 512, [0] * 256, 1
    for n in range(255):
        powers[n] = powers[n + 255] = value
        logs[value] = n
        value = value << 1 ^ (0x11D if value & 0x80 else 0)
    return powers, logs


_POWERS, _LOGS = _tables()


def _correction(block: bytes, count: int) -> bytes:
    """The Reed-Solomon bytes of a block."""
    divisor = [1]
    for n in range(count):
        longer = [*divisor, 0]
        for at, factor in enumerate(divisor):
            longer[at + 1] ^= _POWERS[_LOGS[factor] + n] if factor else 0
        divisor = longer
    rest = [*block, *([0] * count)]
    for at in range(len(block)):
        lead = rest[at]
        if lead:
            for n, factor in enumerate(divisor):
                rest[at + n] ^= _POWERS[_LOGS[lead] + _LOGS[factor]] if factor else 0
    return bytes(rest[len(block) :])


def _bits(content: bytes) -> list[bool]:
    return [bool(byte >> place & 1) for byte in content for place in range(7, -1, -1)]


# where it stands


def _drawn(version: int, bits: list[bool], mask: int) -> list[list[bool]]:
    size = 17 + 4 * version
    grid: Grid = [[None] * size for _ in range(size)]
    _patterns(grid, version)
    _facts(grid, version, mask)
    stream = iter(bits)
    for y, x in _way(grid):
        bit = next(stream, False)
        grid[y][x] = bit ^ _masked(mask, y, x)
    return [[bool(dark) for dark in row] for row in grid]


def _patterns(grid: Grid, version: int) -> None:
    size = len(grid)
    for top, left in ((0, 0), (0, size - 7), (size - 7, 0)):
        for y in range(-1, 8):
            for x in range(-1, 8):
                if 0 <= top + y < size and 0 <= left + x < size:
                    ring = max(abs(y - 3), abs(x - 3))
                    grid[top + y][left + x] = ring not in (2, 4)
    lines = _SQUARES[version - 1]
    corners = {(6, 6), (6, lines[-1]), (lines[-1], 6)} if lines else set()
    for cy in lines:
        for cx in lines:
            if (cy, cx) not in corners:
                for y in range(-2, 3):
                    for x in range(-2, 3):
                        grid[cy + y][cx + x] = max(abs(y), abs(x)) != 1
    for n in range(8, size - 8):
        for y, x in ((6, n), (n, 6)):
            if grid[y][x] is None:
                grid[y][x] = n % 2 == 0
    grid[size - 8][8] = True


def _facts(grid: Grid, version: int, mask: int) -> None:
    """What the code says of itself: its correction and mask, and from version 7 on its version."""
    size, said = len(grid), _checked(mask, 10, 0x537) ^ 0x5412  # correction M is 00
    first = [(8, 0), (8, 1), (8, 2), (8, 3), (8, 4), (8, 5), (8, 7), (8, 8), (7, 8), (5, 8), (4, 8), (3, 8), (2, 8), (1, 8), (0, 8)]  # fmt: skip
    second = [*((size - 1 - n, 8) for n in range(7)), *((8, size - 8 + n) for n in range(8))]
    for places in (first, second):
        for n, (y, x) in enumerate(places):
            grid[y][x] = bool(said >> (14 - n) & 1)
    if version >= 7:
        told = _checked(version, 12, 0x1F25)
        for n in range(18):
            dark = bool(told >> n & 1)
            grid[n // 3][size - 11 + n % 3] = grid[size - 11 + n % 3][n // 3] = dark


def _checked(value: int, bits: int, divisor: int) -> int:
    rest = value << bits
    while rest.bit_length() > bits:
        rest ^= divisor << (rest.bit_length() - divisor.bit_length())
    return value << bits | rest


def _way(grid: Grid) -> Iterator[tuple[int, int]]:
    """The free places in the order in which they are written: up and down in pairs of columns, from the right."""
    size, up = len(grid), True
    free = [[cell is None for cell in row] for row in grid]
    right = size - 1
    while right > 0:
        if right == 6:
            right -= 1
        for n in range(size):
            y = size - 1 - n if up else n
            for x in (right, right - 1):
                if free[y][x]:
                    yield y, x
        right, up = right - 2, not up


def _masked(mask: int, y: int, x: int) -> bool:
    return (
        (y + x) % 2, y % 2, x % 3, (y + x) % 3, (y // 2 + x // 3) % 2, y * x % 2 + y * x % 3,
        (y * x % 2 + y * x % 3) % 2, ((y + x) % 2 + y * x % 3) % 2,
    )[mask] == 0  # fmt: skip


def _trouble(rows: list[list[bool]]) -> int:
    """How hard it is to read: long runs, blocks, what looks like a corner, too much of one colour."""
    size, found = len(rows), 0
    for line in (*rows, *(list(column) for column in zip(*rows, strict=True))):
        text = "".join("1" if dark else "0" for dark in line)
        run = 1
        for n in range(1, size + 1):
            if n < size and line[n] == line[n - 1]:
                run += 1
            else:
                found += run - 2 if run >= 5 else 0
                run = 1
        found += 40 * sum(
            text.startswith(like, n) for n in range(size) for like in ("10111010000", "00001011101")
        )
    for y in range(size - 1):
        for x in range(size - 1):
            found += 3 * (rows[y][x] == rows[y][x + 1] == rows[y + 1][x] == rows[y + 1][x + 1])
    dark = sum(map(sum, rows)) * 100 // size**2
    return found + 10 * (abs(dark - 50) // 5)
