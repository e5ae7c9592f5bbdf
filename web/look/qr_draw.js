/** A QR code as SVG, drawn without markup in strings. Loaded when it is first asked for. */

import { encode } from "../vendor/uqr/index.js";

const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4;

/** @param {string} text @returns {SVGSVGElement} black on white also in dark pages, with the quiet zone readers need */
export function drawQr(text) {
  const { data, size } = encode(text, { ecc: "M", border: QUIET });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  svg.setAttribute("aria-hidden", "true");
  const paper = document.createElementNS(SVG, "rect");
  paper.setAttribute("width", String(size));
  paper.setAttribute("height", String(size));
  paper.setAttribute("fill", "white");
  const ink = document.createElementNS(SVG, "path");
  ink.setAttribute("d", qrPath(data));
  ink.setAttribute("fill", "black");
  svg.append(paper, ink);
  return svg;
}

/** @param {boolean[][]} rows @returns {string} an SVG path with one stroke for each run of dark modules */
function qrPath(rows) {
  const runs = rows.flatMap((row, y) => {
    const text = row.map((dark) => (dark ? "1" : "0")).join("");
    return [...text.matchAll(/1+/g)].map(({ index, 0: run }) => `M${index} ${y}h${run.length}v1h-${run.length}z`);
  });
  return runs.join("");
}
