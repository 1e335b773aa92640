/** A PDF writer for plain pages: ASCII text in Helvetica, filled rectangles, A4. */

/** Widths of the printable ASCII characters in Helvetica, in thousandths of the size (Adobe's AFM). */
const WIDTHS = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556,
  278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667,
  611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833,
  556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/**
 * @typedef {{ text: string, at: [number, number], size: number, font?: "plain" | "bold", color?: number[] } | { fill: number[], rect: [number, number, number, number] }} Mark
 */

/** The width of a text in points. */
export function textWidth(text, size) {
  let thousandths = 0;
  for (const char of text) thousandths += WIDTHS[char.charCodeAt(0) - 32] ?? 556;
  return (thousandths * size) / 1000;
}

/**
 * Breaks a text into lines that fit.
 *
 * @param {string} text
 * @param {number} size
 * @param {number} width
 * @returns {string[]}
 */
export function wrapText(text, size, width) {
  const lines = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (line && textWidth(longer, size) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return line ? [...lines, line] : lines;
}

/**
 * @param {Mark[][]} pages
 * @param {{ title?: string }} [info]
 * @returns {Uint8Array} a PDF 1.4 file
 */
export function writePdf(pages, { title = "Document" } = {}) {
  const pageIds = pages.map((_, index) => 6 + index * 2);
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Count ${pages.length} /Kids [${pageIds.map((id) => `${id} 0 R`).join(" ")}] >>`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    `<< /Title (${escapeText(title)}) /Producer (countersign console) >>`,
  ];
  pages.forEach((marks, index) => {
    const content = marks.map(drawMark).join("\n");
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${pageIds[index] + 1} 0 R /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>`,
      `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    );
  });
  return new TextEncoder().encode(assemble(objects));
}

function assemble(objects) {
  let file = "%PDF-1.4\n";
  const offsets = objects.map((object, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const start = file.length;
  const rows = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  return `${file}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info 5 0 R >>\nstartxref\n${start}\n%%EOF\n`;
}

function drawMark(mark) {
  if ("rect" in mark) return `${mark.fill.join(" ")} rg ${mark.rect.join(" ")} re f`;
  const font = mark.font === "bold" ? "F2" : "F1";
  const color = (mark.color ?? [0, 0, 0]).join(" ");
  return `BT ${color} rg /${font} ${mark.size} Tf ${mark.at.join(" ")} Td (${escapeText(mark.text)}) Tj ET`;
}

/** The file is ASCII throughout, so that a length in characters is a length in bytes. */
function escapeText(text) {
  return text.replace(/[^\x20-\x7e]/g, "?").replace(/[\\()]/g, "\\$&");
}
