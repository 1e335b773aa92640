/** The body of `POST /robot/DSTs`: one embedded PDF, signers who sign one after the other. */

/**
 * @typedef {{ name: string, surname: string, email: string, role?: string }} SignerEntry
 * @param {object} order
 * @param {string} order.title
 * @param {string} order.filename
 * @param {string} order.base64 the PDF
 * @param {{ page: number, top: number }} [order.place] where the signatures go; `top` in percent of the page
 * @param {SignerEntry[]} order.signers in the order in which they sign
 * @returns {object}
 */
export function submissionOf({ title, filename, base64, place = { page: 1, top: 86 }, signers }) {
  const ids = signers.map((_, index) => index + 1);
  return {
    title,
    documents: [
      {
        resource: {
          filename,
          resourceType: "PDF_Document",
          title,
          source: { type: "Embedded", embeddedData: base64 },
        },
        forms: ids.map((id, index) => signatureForm(id, place, index)),
        signatureRequests: ids.map((id) => ({
          id,
          reason: "Agreement",
          description: `Signature ${id} of ${ids.length}`,
          signerId: id,
          signProfile: "PAdES",
          withTimestamp: true,
          declinable: true,
        })),
        signerGroups: signers.map((signer, index) => ({
          label: `Group ${index + 1}`,
          signers: [{ id: ids[index], role: "Signer", ...signer }],
        })),
      },
    ],
    status: "published",
    template: false,
    publicTemplate: false,
    urgent: false,
  };
}

function signatureForm(id, { page, top }, index) {
  return {
    id,
    documentId: 0,
    type: "SignatureForm",
    positionX: 12 + index * 41.8,
    positionY: top,
    width: 34,
    height: 8,
    page,
    signerId: id,
    toFill: false,
    invisible: false,
    extraData: { signatureRequestId: id },
  };
}
