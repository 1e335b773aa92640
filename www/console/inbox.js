/** The events this page has heard, by the document they speak of. Bounded: a page may stay open for weeks. */

const MOST_EVENTS = 5_000;

/**
 * @returns {{
 *   add: (events: import("./live.js").CloudEvent[], fresh: boolean) => void,
 *   of: (subject: string) => import("./live.js").CloudEvent[],
 *   watch: (listener: (events: import("./live.js").CloudEvent[], fresh: boolean) => void) => () => void,
 * }}
 */
export function createInbox() {
  const bySubject = new Map();
  const listeners = new Set();
  let total = 0;

  return {
    add(events, fresh) {
      for (const event of events) {
        const subject = event.subject ?? "";
        const known = bySubject.get(subject) ?? [];
        known.push(event);
        // Moved to the end, so the document that was silent longest is forgotten first.
        bySubject.delete(subject);
        bySubject.set(subject, known);
        total += 1;
      }
      while (total > MOST_EVENTS && bySubject.size > 1) {
        const [oldest, forgotten] = bySubject.entries().next().value;
        bySubject.delete(oldest);
        total -= forgotten.length;
      }
      for (const listener of [...listeners]) listener(events, fresh);
    },
    of: (subject) => bySubject.get(subject) ?? [],
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
