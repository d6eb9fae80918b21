"""The picture of the tests: 320 x 240, four blocks, black or white, over grey with a bar that moves. What the blocks say is its code."""
WIDTH, HEIGHT = 320, 240


def draw(code, at):
    """One picture's luma."""
    blocks = b"".join(bytes([235 if code >> bit & 1 else 16]) * 80 for bit in range(4))
    grey = bytes([128]) * WIDTH
    bar = bytes(60 if (x - at) % WIDTH < 30 else 128 for x in range(WIDTH))
    return blocks * 120 + grey * 20 + bar * 80 + grey * 20


def read(luma, width, height, stride):
    """The code of a picture's luma, or -1."""
    code = 0
    for bit in range(4):
        y = luma[height // 5 * stride + (2 * bit + 1) * width // 8]
        if 80 < y < 170:
            return -1
        if y >= 170:
            code |= 1 << bit
    return code
