/** Times and sizes as people read them. Pure: the present is an argument. */

const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/**
 * Reads the vendor's several date forms: with and without seconds, with a space, without a zone
 * (which then means UTC).
 *
 * @param {unknown} text
 * @returns {Date | null}
 */
export function parseTime(text) {
  if (typeof text !== "string") return null;
  const parts = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(?:\.(\d{1,3})\d*)?(Z|[+-]\d{2}:?\d{2})?$/.exec(text.trim());
  if (!parts) return null;
  const [, day, minutes, seconds = ":00", fraction = "0", zone = "Z"] = parts;
  const date = new Date(`${day}T${minutes}${seconds}.${fraction.padEnd(3, "0")}${zone}`);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** "just now", "5 minutes ago", "yesterday"; an empty string when the time is unknown. */
export function relativeTime(text, now = Date.now(), locale = "en") {
  const date = parseTime(text);
  if (!date) return "";
  const seconds = (date.getTime() - now) / 1000;
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) {
      const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
      return format.format(Math.trunc(seconds / size), unit);
    }
  }
  return "just now";
}

/** The wall-clock time with seconds, in the reader's own zone. */
export function clockTime(text, locale = "en-GB") {
  const date = parseTime(text);
  return date ? date.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit" }) : "";
}

/** Date and time in the reader's own zone. */
export function fullTime(text, locale = "en-GB") {
  const date = parseTime(text);
  return date ? date.toLocaleString(locale, { dateStyle: "medium", timeStyle: "medium" }) : "";
}

/** 5242880 becomes "5.0 MB". */
export function byteSize(bytes) {
  if (!Number.isFinite(bytes)) return "";
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
