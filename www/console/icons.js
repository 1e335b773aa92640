/** The console's few icons, drawn on a 20 × 20 grid with the text's own color. */

import { svg } from "./dom.js";

const PATHS = {
  check: ["M4.5 10.5l3.6 3.6 7.4-8.2"],
  cross: ["M5.5 5.5l9 9", "M14.5 5.5l-9 9"],
  file: ["M5 2.8h6.5L15 6.3v10.9H5z", "M11.3 3v3.6H15"],
  pen: ["M4 16l.7-3.4L13.2 4l2.8 2.8-8.6 8.5z", "M11.5 5.8l2.7 2.7"],
  send: ["M3.5 10.2l13-6.4-4.3 13-2.8-5.4z", "M9.4 11.4l7-7.5"],
  download: ["M10 3v9.5", "M6 9l4 4 4-4", "M4 16.8h12"],
  outward: ["M8 4.5H4.2v11.3h11.3V12", "M11 3.5h5.5V9", "M16.2 3.8L9.2 10.8"],
  back: ["M11.5 4.5L6 10l5.5 5.5"],
  sun: ["M10 6.4a3.6 3.6 0 1 0 0 7.2 3.6 3.6 0 0 0 0-7.2z", "M10 1.8v1.8M10 16.4v1.8M1.8 10h1.8M16.4 10h1.8M4.2 4.2l1.3 1.3M14.5 14.5l1.3 1.3M15.8 4.2l-1.3 1.3M5.5 14.5l-1.3 1.3"],
  moon: ["M16.4 12.2A7 7 0 0 1 7.8 3.6a7 7 0 1 0 8.6 8.6z"],
  warn: ["M10 3.2l7.4 13.2H2.6z", "M10 8.3v3.6", "M10 14.2v.1"],
};

/**
 * @param {keyof typeof PATHS} name
 * @returns {SVGElement} an icon that assistive technology passes over
 */
export function icon(name) {
  return svg(
    "svg",
    { class: "icon", viewBox: "0 0 20 20", "aria-hidden": "true", focusable: "false" },
    PATHS[name].map((d) => svg("path", { d })),
  );
}

/** @returns {SVGElement} the product's mark: two strokes, one over the other */
export function mark() {
  return svg(
    "svg",
    { class: "mark", viewBox: "0 0 32 32", "aria-hidden": "true", focusable: "false" },
    svg("rect", { class: "mark-ground", width: "32", height: "32", rx: "8" }),
    svg("path", { class: "mark-first", d: "M6.5 17.2l4.2 4.3 8-10" }),
    svg("path", { class: "mark-second", d: "M13.6 17.8l3.6 3.7 8.3-10.3" }),
  );
}
