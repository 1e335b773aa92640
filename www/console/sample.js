/** The sample contract: text, and its layout into a PDF of three pages. */

import { writePdf, wrapText } from "./pdf.js";

const WIDTH = 595;
const LEFT = 72;
const RIGHT = WIDTH - 72;
const SIZE = 11;
/** Narrower than the page allows: a reader without Helvetica sets a wider face. */
const MEASURE = 405;
const INK = [0.11, 0.13, 0.18];
const SOFT = [0.42, 0.45, 0.52];
const ACCENT = [0.16, 0.29, 0.78];

const CLAUSES = [
  ["Scope of the work", "The Supplier restores the analytical engine kept in the Client's workshop, in three phases: survey, mechanical restoration and calibration. Each phase ends with a written report. Work that falls outside these phases is agreed in writing before it begins, with its own price and date."],
  ["Dates", "The survey begins within ten days of the last signature. The mechanical restoration takes no longer than four months. Calibration ends with a demonstration in the presence of both parties, at which the engine computes the first forty Bernoulli numbers without correction."],
  ["Price and payment", "The price is 48,000 euros, of which one third is due on signature, one third at the end of the mechanical restoration and one third after the demonstration. Invoices are payable within thirty days. Material bought for the Client is charged at cost, with receipts."],
  ["Care of the engine", "The engine stays the Client's property at every moment. The Supplier keeps it dry, guarded and insured at its full value while it is in the Supplier's workshop, and moves it only with the Client's consent. Parts that are replaced are returned to the Client, labelled."],
  ["Drawings and records", "Drawings, photographs and measurements made during the work belong to both parties, and each may publish them with a mention of the other. The Supplier keeps a daily record of the work and hands over a copy with each report."],
  ["Confidence", "Each party keeps to itself what it learns about the other's business, unless the information is public or the law demands otherwise. This duty lasts three years beyond the end of the agreement."],
  ["Warranty", "For two years after the demonstration the Supplier repairs, at no charge, every fault of material or workmanship. Wear of belts and lubricants is excepted. A repair prolongs the warranty of the repaired part by one year."],
  ["Ending the agreement", "Either party may end the agreement by a written notice of thirty days. Work done until then is paid; work paid but not done is refunded. If a party breaks a duty and does not mend it within fifteen days of a notice, the other may end the agreement at once."],
  ["Law and disputes", "The parties first try to settle a dispute by talking, with a mediator if one of them asks for it. What remains is decided by the courts at the Client's seat, under the law of that place."],
];

/** What the sample is called, and where its signatures go. */
export const SAMPLE = { filename: "Restoration agreement.pdf", title: "Restoration agreement", pages: 3, place: { page: 3, top: 70.2 } };

/**
 * @param {Date} [today]
 * @returns {File} the sample contract
 */
export function sampleFile(today = new Date()) {
  const bytes = writePdf(layOut(today), { title: SAMPLE.title });
  return new File([bytes], SAMPLE.filename, { type: "application/pdf" });
}

function layOut(today) {
  const date = today.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
  const number = `RA-${today.getFullYear()}-0117`;
  const pages = [coverPage(date, number), ...clausePages()];
  pages.at(-1).push(...signatureBlock());
  return pages.map((page, index) => [...page, ...footer(number, index + 1, pages.length)]);
}

function coverPage(date, number) {
  return [
    { fill: ACCENT, rect: [LEFT, 742, 40, 4] },
    { text: SAMPLE.title, at: [LEFT, 700], size: 28, font: "bold", color: INK },
    { text: `Agreement ${number}, of ${date}`, at: [LEFT, 676], size: 11, color: SOFT },
    ...party("The Client", ["Analytical Society", "12 Dorset Street", "London"], LEFT, 620),
    ...party("The Supplier", ["Harvard Relay Works", "33 Oxford Street", "Cambridge"], 320, 620),
    { fill: [0.88, 0.89, 0.92], rect: [LEFT, 538, RIGHT - LEFT, 0.8] },
    ...flow(CLAUSES.slice(0, 3), 1, 506),
  ];
}

function clausePages() {
  return [flow(CLAUSES.slice(3, 7), 4, 756), flow(CLAUSES.slice(7), 8, 756)];
}

function party(label, lines, x, y) {
  return [
    { text: label.toUpperCase(), at: [x, y], size: 8, font: "bold", color: SOFT },
    ...lines.map((text, index) => ({ text, at: [x, y - 18 - index * 15], size: 11, font: index === 0 ? "bold" : "plain", color: INK })),
  ];
}

function flow(clauses, firstNumber, top) {
  const items = [];
  let y = top;
  clauses.forEach(([heading, body], index) => {
    items.push({ text: `${firstNumber + index}.  ${heading}`, at: [LEFT, y], size: 12.5, font: "bold", color: INK });
    y -= 22;
    for (const text of wrapText(body, SIZE, MEASURE)) {
      items.push({ text, at: [LEFT, y], size: SIZE, color: INK });
      y -= 17;
    }
    y -= 22;
  });
  return items;
}

function signatureBlock() {
  const y = 178;
  return [
    { text: "Signed by both parties, each on their own signature tray.", at: [LEFT, y + 92], size: 10.5, color: SOFT },
    ...[["For the Client", LEFT], ["For the Supplier", 320]].flatMap(([text, x]) => [
      { fill: [0.55, 0.58, 0.65], rect: [x, y, 200, 0.8] },
      { text, at: [x, y - 16], size: 9, color: SOFT },
    ]),
  ];
}

function footer(number, page, total) {
  return [
    { text: `${SAMPLE.title}  ${number}`, at: [LEFT, 44], size: 8, color: SOFT },
    { text: `Page ${page} of ${total}`, at: [RIGHT - 48, 44], size: 8, color: SOFT },
  ];
}
