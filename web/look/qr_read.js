/** Reading QR codes by camera, or from a picture of one. Loaded when it is first asked for. */

import { decodeQR } from "../vendor/qr/decode.js";

const LARGEST = 1600;
const EACH_MS = 120;

/** @param {CanvasImageSource} source @param {number} width @param {number} height @returns {string | null} */
function read(source, width, height) {
  const scale = Math.min(1, LARGEST / Math.max(width, height, 1));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) return null;
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  try {
    const found = decodeQR(context.getImageData(0, 0, canvas.width, canvas.height));
    return found === undefined ? null : found;
  } catch {
    return null;
  }
}

/** @param {Blob} file a picture @returns {Promise<string | null>} the text of the QR code in it */
export async function readPicture(file) {
  try {
    const picture = await createImageBitmap(file);
    const text = read(picture, picture.width, picture.height);
    picture.close();
    return text;
  } catch {
    return null;
  }
}

/**
 * Watch through the camera.
 *
 * @param {HTMLVideoElement} video shows what the camera sees @param {(text: string) => void} found
 * @param {AbortSignal} over ends it, also while the person is still being asked for leave
 * @returns {Promise<void>} once it watches; rejects where there is no camera or no leave to use it
 */
export async function watch(video, found, over) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    for (const track of stream.getTracks()) track.stop();
    if (video.srcObject === stream) video.srcObject = null;
  };
  if (over.aborted) return stop();
  over.addEventListener("abort", stop, { once: true });
  video.srcObject = stream;
  try {
    await video.play();
  } catch (error) {
    stop();
    throw error;
  }
  if (over.aborted) return;
  let last = "";
  timer = window.setInterval(() => {
    const text = read(video, video.videoWidth, video.videoHeight);
    if (text === null || text === last) return;
    last = text;
    found(text);
  }, EACH_MS);
}
