/**
 * The way of one document, as steps: created, published, one per signer, completed. Read from two
 * sources that may arrive in any order: the vendor's answer (what is true) and the events (what was
 * heard, and when). A step that an event has reported is done even before the answer is read again.
 */

const DRAFT = new Set(["draft", "downloadingInDraft"]);
const FAILED = {
  rejected: "Declined",
  expired: "Expired",
  error: "Failed",
};

/**
 * @typedef {"done" | "current" | "waiting" | "failed" | "skipped"} StepState
 * @typedef {{ id: string, title: string, detail: string, state: StepState, at?: string, sequence?: number, ticket?: string, order?: number }} Step
 * @typedef {{ name: string, email: string, role: string, order: number, request: object, documentId: number, group: number, signature?: object }} SigningParty
 */

/**
 * @param {object} dst a digital signature transaction as the vendor answers it
 * @param {import("./live.js").CloudEvent[]} [events] its events, in order
 * @returns {Step[]}
 */
export function travelOf(dst, events = []) {
  const heard = readEvents(events);
  const status = statusOf(dst, events);
  const failure = FAILED[status];
  const completed = status === "signed";
  const parties = partiesOf(dst);
  const published = completed || Boolean(dst.publishedAt) || heard.toSign || !(DRAFT.has(status) || status === "downloadingInPublished" || !status);
  const steps = [
    { id: "created", title: "Created", detail: "The document is with the vendor.", state: "done", at: dst.createdAt },
    publishedStep(dst, heard, published, status),
    ...signerSteps(parties, heard, { asking: status === "toSign", published, over: Boolean(failure), completed }),
  ];
  steps.push(lastStep(dst, heard, { completed, failure, status, someoneDeclined: steps.some((step) => step.state === "failed") }));
  return steps;
}

/**
 * The state of the document: the vendor's word, moved on by events heard since.
 *
 * @param {object} dst
 * @param {import("./live.js").CloudEvent[]} [events]
 * @returns {string}
 */
export function statusOf(dst, events = []) {
  const heard = readEvents(events);
  const known = String(dst?.status ?? "");
  if (known === "signed" || known in FAILED) return known;
  if (heard.performed) return "signed";
  if (heard.rejected) return "rejected";
  if (heard.expired) return "expired";
  if (heard.error) return "error";
  const isEarlier = DRAFT.has(known) || known === "published" || known === "downloadingInPublished" || known === "";
  return isEarlier && heard.toSign ? "toSign" : known;
}

/**
 * Everybody who is asked to sign, in the order of their groups.
 *
 * @param {object} dst
 * @returns {SigningParty[]}
 */
export function partiesOf(dst) {
  const parties = [];
  (dst?.documents ?? []).forEach((document, index) => {
    const documentId = document?.id ?? index;
    (document?.signerGroups ?? []).forEach((group, groupIndex) => {
      for (const signer of group?.signers ?? []) {
        const requests = (document.signatureRequests ?? []).filter((request) => request?.signerId === signer?.id);
        for (const request of requests) {
          parties.push({
            name: [signer.name, signer.surname].filter(Boolean).join(" ") || signer.email || "A signer",
            email: signer.email ?? "",
            role: signer.role ?? "",
            order: parties.length + 1,
            group: groupIndex,
            documentId,
            request,
            signature: signatureOf(dst, documentId, request),
          });
        }
      }
    });
  });
  return parties;
}

/** How many have signed, of how many: "1 of 2 signed". */
export function progressOf(dst) {
  const parties = partiesOf(dst);
  const signed = parties.filter((party) => party.signature?.status === "signed").length;
  return { signed, total: parties.length };
}

/**
 * A sentence for an arriving event, for the announcer and the list of events.
 *
 * @param {import("./live.js").CloudEvent} event
 * @param {object} [dst]
 * @returns {string}
 */
export function eventText(event, dst) {
  const { kind, status } = kindOf(event);
  if (kind === "dst") {
    return {
      draft: "Saved as a draft",
      published: "Published",
      toFill: "Waiting for details",
      toSign: "Ready to be signed",
      performed: "Completed",
      signed: "Completed",
      rejected: "Declined by everybody",
      expired: "Expired",
      error: isRejection(event, status) ? "Declined by everybody" : "Failed at the vendor",
    }[status] ?? `Document: ${status}`;
  }
  const who = partiesOf(dst).find((party) => isAbout(event, party))?.name ?? event?.data?.signer ?? "A signer";
  return {
    pending: `${who} is asked to sign`,
    performed: `${who} signed`,
    signed: `${who} signed`,
    declined: `${who} declined`,
    rejected: `${who} declined`,
    expired: `The time of ${who} ran out`,
    error: `The signature of ${who} failed`,
  }[status] ?? `${who}: ${status || event.type}`;
}

function publishedStep(dst, heard, published, status) {
  return {
    id: "published",
    title: "Published",
    detail: published ? "The signers have been asked, in order." : status === "downloadingInPublished" ? "The vendor is fetching the document." : "Waits to be published.",
    state: published ? "done" : DRAFT.has(status) ? "waiting" : "current",
    at: dst.publishedAt ?? heard.published?.time ?? heard.toSign?.time,
    sequence: (heard.published ?? heard.toSign)?.sequence,
  };
}

function signerSteps(parties, heard, { asking, published, over, completed }) {
  const isDeclined = (party) => party.signature?.status === "declined" || Boolean(find(heard.refused, party));
  const isSigned = (party) => !isDeclined(party) && (completed || party.signature?.status === "signed" || Boolean(find(heard.signed, party)));
  // A decline hands the turn on like a signature; only a document nobody signed ends as declined.
  const turn = Math.min(...parties.filter((party) => !isSigned(party) && !isDeclined(party)).map((party) => party.group));
  return parties.map((party) => {
    const event = find(heard.signed, party) ?? find(heard.refused, party);
    const step = {
      id: `signer-${party.documentId}-${party.request.id}`,
      title: party.name,
      order: party.order,
      at: party.signature?.signedAt ?? event?.time,
      sequence: event?.sequence,
    };
    if (isDeclined(party)) {
      const reason = party.signature?.declinedReason;
      return { ...step, state: "failed", detail: reason ? `Declined: “${reason}”` : "Declined to sign." };
    }
    if (isSigned(party)) return { ...step, state: "done", detail: "Signed." };
    if (over) return { ...step, state: "skipped", detail: "Is not asked any more." };
    if (!published) return { ...step, state: "waiting", detail: "Is asked once the document is published." };
    if (!asking) return { ...step, state: "waiting", detail: "Is asked as soon as the document is ready." };
    if (party.group > turn) return { ...step, state: "waiting", detail: `Signs after ${before(parties, party)}.` };
    return { ...step, state: "current", detail: party.email ? `${party.email} is asked to sign.` : "Is asked to sign.", ticket: ticketOf(party.request) };
  });
}

function lastStep(dst, heard, { completed, failure, status, someoneDeclined }) {
  const event = heard.performed ?? heard.ended;
  if (completed) {
    const detail = someoneDeclined ? "Signed without those who declined. The signed document is ready." : "Everybody has signed. The signed document is ready.";
    return { id: "completed", title: "Completed", detail, state: "done", at: heard.performed?.time ?? dst.updatedAt, sequence: event?.sequence };
  }
  if (failure) {
    const detail = {
      rejected: "Nobody signed: the document ends here.",
      expired: "The time to sign ran out.",
    }[status] ?? dst.errorMessage ?? "The vendor reports an error.";
    return { id: "completed", title: failure, detail, state: "failed", at: event?.time ?? dst.updatedAt, sequence: event?.sequence };
  }
  return { id: "completed", title: "Completed", detail: "The signed document can then be downloaded.", state: "waiting" };
}

function readEvents(events) {
  const heard = { signed: [], refused: [] };
  for (const event of events) {
    const { kind, status } = kindOf(event);
    if (kind === "signature" && (status === "performed" || status === "signed")) heard.signed.push(event);
    if (kind === "signature" && (status === "declined" || status === "rejected")) heard.refused.push(event);
    if (kind !== "dst") continue;
    if (status === "published") heard.published = event;
    if (status === "toSign") heard.toSign ??= event;
    if (status === "performed" || status === "signed") heard.performed = event;
    if (status === "expired") heard.expired = event;
    if (isRejection(event, status)) heard.rejected = event;
    else if (status === "error") heard.error = event;
    if (["rejected", "expired", "error"].includes(status)) heard.ended = event;
  }
  return heard;
}

/** The webhook's words know no "rejected": it says "error", and the reason tells. */
function isRejection(event, status) {
  return status === "rejected" || (status === "error" && /^rejected\b/.test(event.data?.reason ?? ""));
}

function kindOf(event) {
  const [, kind = "", status = ""] = /^com\.signingtoday\.([^.]+)\.(.+)$/.exec(event?.type ?? "") ?? [];
  return { kind, status };
}

function find(events, party) {
  return events.find((event) => isAbout(event, party));
}

function isAbout(event, party) {
  const data = event?.data ?? {};
  const document = data.document?.id;
  if (document !== undefined && document !== null && document !== party.documentId) return false;
  if (data.signature !== undefined && data.signature !== null) return data.signature === party.request.id;
  return data.signer !== undefined && [party.email, party.name].includes(data.signer);
}

function signatureOf(dst, documentId, request) {
  return (dst?.signatures ?? []).find(
    (signature) => signature?.signatureRequestId === request?.id && (signature.documentId ?? documentId) === documentId,
  );
}

function before(parties, party) {
  const earlier = parties.filter((other) => other.group === party.group - 1).map((other) => other.name);
  return earlier.join(" and ") || "the others";
}

/** Only web addresses become links, whatever a vendor answers. */
function ticketOf(request) {
  const text = request?.extraData?.st_signatureTicketUrl ?? request?.extraData?.st_ticketUrl;
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : undefined;
  } catch {
    return undefined;
  }
}
