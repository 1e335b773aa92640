// PDFs for the tests: real ones, of many pages, as large as wanted, the same in every run.

/**
 * @param {{ pages: number, bytes: number }} size
 * @returns {Buffer} a PDF whose pages carry a line of text and a picture of noise, so that nothing compresses it away
 */
export function largePdf({ pages, bytes }) {
  const rows = Math.ceil(bytes / pages / (300 * 3));
  const random = noise(20_261_122);
  const chunks = [Buffer.from("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", "latin1")];
  const offsets = [];
  let length = chunks[0].length;
  const push = (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
  };
  const object = (dictionary, stream) => {
    offsets.push(length);
    push(Buffer.from(`${offsets.length} 0 obj\n${dictionary}\n`));
    if (stream) {
      push(Buffer.from("stream\n"));
      push(stream);
      push(Buffer.from("\nendstream\n"));
    }
    push(Buffer.from("endobj\n"));
  };
  const kids = Array.from({ length: pages }, (_, index) => `${4 + index * 3} 0 R`);
  object("<< /Type /Catalog /Pages 2 0 R >>");
  object(`<< /Type /Pages /Count ${pages} /Kids [${kids.join(" ")}] >>`);
  object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
  for (let page = 0; page < pages; page += 1) {
    const id = 4 + page * 3;
    const content = Buffer.from(`BT /F1 18 Tf 72 760 Td (Page ${page + 1} of ${pages}) Tj ET\nq 450 0 0 600 72 130 cm /I Do Q`);
    const picture = random(300 * rows * 3);
    object(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${id + 1} 0 R /Resources << /Font << /F1 3 0 R >> /XObject << /I ${id + 2} 0 R >> >> >>`);
    object(`<< /Length ${content.length} >>`, content);
    object(`<< /Type /XObject /Subtype /Image /Width 300 /Height ${rows} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Length ${picture.length} >>`, picture);
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  const start = length;
  push(Buffer.from(`xref\n0 ${offsets.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${offsets.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`));
  return Buffer.concat(chunks);
}

/** A generator with a seed (mulberry32): a failure can be repeated. */
function noise(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return (value ^ (value >>> 14)) >>> 24;
  };
  return (length) => Buffer.from(Uint8Array.from({ length }, next));
}
