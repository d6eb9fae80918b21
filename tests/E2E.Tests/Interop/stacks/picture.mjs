// The picture of the tests: 320 x 240, four blocks, black or white, over grey with a bar that moves. What the blocks say is its code.

export const width = 320;
export const height = 240;

/** One picture in I420. */
export function draw(code, at) {
  const data = new Uint8Array(width * height * 3 / 2).fill(128);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bar = y >= 140 && y < 220 && (x - at + width) % width < 30;
      data[y * width + x] = y >= 120 ? (bar ? 60 : 128) : code >> Math.floor(x / 80) & 1 ? 235 : 16;
    }
  }
  return { width, height, data };
}

/** The code of a picture in I420, or -1. */
export function read({ width, height, data }) {
  let code = 0;
  for (let bit = 0; bit < 4; bit++) {
    const luma = data[Math.floor(height / 5) * width + Math.floor((bit + 0.5) * width / 4)];
    if (luma > 80 && luma < 170) return -1;
    if (luma >= 170) code |= 1 << bit;
  }
  return code;
}
