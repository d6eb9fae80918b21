// @ts-check
/** A moving picture without a camera: a letter, a ball that bounces, and the number of the frame. */

const fps = 15;
const size = { width: 320, height: 180 };

/**
 * @param {string} letter
 * @param {number} hue
 * @returns {{ stream: MediaStream, stop(): void }}
 */
export function paintPicture(letter, hue) {
  const canvas = Object.assign(document.createElement("canvas"), size);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  let frame = 0;

  function paint() {
    const { width, height } = size;
    context.fillStyle = `hsl(${hue} 45% 24%)`;
    context.fillRect(0, 0, width, height);
    context.fillStyle = `hsl(${hue} 70% 88%)`;
    context.font = "bold 96px sans-serif";
    context.textAlign = "center";
    context.fillText(letter, width / 2, height / 2 + 34);
    context.fillStyle = `hsl(${hue + 40} 85% 62%)`;
    context.beginPath();
    context.arc(bounce(frame * 4, width - 32) + 16, bounce(frame * 3, height - 32) + 16, 14, 0, 7);
    context.fill();
    context.fillStyle = "#fff";
    context.font = "14px monospace";
    context.textAlign = "left";
    context.fillText(`frame ${frame++}`, 10, height - 10);
  }
  paint();
  const stream = canvas.captureStream(fps);
  // Not by requestAnimationFrame: that stops when the page is not seen, and with it the call would freeze.
  const timer = setInterval(paint, 1000 / fps);
  return {
    stream,
    stop() {
      clearInterval(timer);
      for (const track of stream.getTracks()) track.stop();
    },
  };
}

/** There and back between 0 and `span`. @param {number} way @param {number} span */
function bounce(way, span) {
  const place = way % (2 * span);
  return place < span ? place : 2 * span - place;
}
