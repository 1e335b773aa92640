/** The PDF a person sends: checked, then encoded off the main thread by the browser's own reader. */

/** Larger files would not fit through the edge once encoded. */
export const LARGEST_PDF = 18_000_000;

/** The chosen file cannot be sent. */
export class DocumentError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = "DocumentError";
  }
}

/**
 * Refuses what is not a PDF by its first bytes, since a name proves nothing.
 *
 * @param {Blob & { name?: string }} file
 */
export async function checkPdf(file) {
  const name = file.name ?? "This file";
  if (file.size === 0) throw new DocumentError(`${name} is empty.`);
  if (file.size > LARGEST_PDF) {
    throw new DocumentError(`${name} has ${(file.size / 1e6).toFixed(1)} MB; the limit is ${LARGEST_PDF / 1e6} MB.`);
  }
  const head = new TextDecoder("latin1").decode(await file.slice(0, 1024).arrayBuffer());
  if (!head.includes("%PDF-")) throw new DocumentError(`${name} is not a PDF.`);
}

/**
 * @param {Blob} file
 * @returns {Promise<string>} the bytes in base64
 */
export function encodeBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(new DocumentError("The file cannot be read any more.", { cause: reader.error }));
    reader.readAsDataURL(file);
  });
}

/** "Lease 2026.pdf" becomes "Lease 2026". */
export function titleOf(filename) {
  return filename.replace(/\.pdf$/i, "").replaceAll("_", " ").trim() || "Untitled document";
}

/** A name that every file system takes: "Lease 2026 - signed.pdf". */
export function signedName(title) {
  const stem = String(title || "document").normalize("NFC").replace(/[\p{Cc}\\/:*?"<>|]+/gu, " ").replace(/\s+/g, " ").trim();
  return `${stem.slice(0, 100) || "document"} - signed.pdf`;
}

/**
 * Hands a file to the browser's downloads.
 *
 * @param {Blob} blob
 * @param {string} filename
 */
export function saveFile(blob, filename) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = filename;
  link.click();
  // The browser reads the address after this turn; a minute is ample and bounds the memory.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
