/** The body of `POST /robot/DSTs`: one embedded PDF, signers who sign one after the other. */

/**
 * @typedef {{ name: string, surname: string, email: string, role?: string }} SignerEntry
 * @param {object} order
 * @param {string} order.title
 * @param {string} order.filename
 * @param {string} order.base64 the PDF
 * @param {number} [order.page] where the signatures go
 * @param {SignerEntry[]} order.signers in the order in which they sign
 * @returns {object}
 */
export function submissionOf({ title, filename, base64, page = 1, signers }) {
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
        forms: ids.map((id, index) => signatureForm(id, page, index)),
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

function signatureForm(id, page, index) {
  return {
    id,
    documentId: 0,
    type: "SignatureForm",
    positionX: 12 + index * 42,
    positionY: 78,
    width: 34,
    height: 8,
    page,
    signerId: id,
    toFill: false,
    invisible: false,
    extraData: { signatureRequestId: id },
  };
}
