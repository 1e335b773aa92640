// What compiles and what must not. Nothing here runs.
import {
  ApiError,
  CountersignError,
  type Answer,
  type Params,
  type Route,
  type SigningToday,
  type VendorName,
  createClient,
  init,
  operations,
  verifyWebhook,
} from "countersign";

const signing = createClient("signing-today", {
  baseUrl: new URL("https://edge.example.com/v/acme-signing"),
  token: async (reason: "needed" | "refused") => reason,
  timeout: 10_000,
  maxAttempts: 2,
  fetch: (request) => fetch(request),
});

/** True if both are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<T extends true>(): T | void {}

export async function routesHaveTheirTypes(id: string, signal: AbortSignal): Promise<void> {
  await init();
  await init(new URL("https://cdn.example.com/countersign.wasm"));
  await init(fetch("/countersign.wasm"));

  const dst = await signing.call("GET /DST/{id}", { id });
  const title: string | null | undefined = dst.title;
  const notes: SigningToday.Note[] = await signing.call("GET /DST/{id}/note", { id, signal });
  await signing.call("PUT /DST/{id}/note/{noteId}", { id, noteId: 3, body: { text: title ?? "" }, timeout: 5 });
  const file: Blob = await signing.call("GET /resource/{id}", { id });
  await signing.call("PATCH /DST/{id}/resources", {
    id,
    body: { file, filename: "a.pdf", resourceType: "PDF_Document" },
  });
  await signing.call("PATCH /DST/{id}/resources", { id, body: new FormData() });
  const { status, headers, value } = await signing.callWithResponse("GET /DSTs");
  const all: [number, string | undefined, SigningToday.Dst[]] = [status, headers["date"], value.values];
  void [notes, all];
}

export async function nothingIsRequiredWhereNothingIs(): Promise<void> {
  const user = await signing.call("GET /auth/user");
  const page = await signing.call("GET /DSTs", {});
  for await (const dst of signing.pages("GET /DSTs", { $top: 50, $orderBy: "updatedAt,desc" })) {
    holds<Same<typeof dst, SigningToday.Dst>>();
  }
  void [user, page];
  holds<Same<Answer<"signing-today", "DELETE /DST/{id}/note/{noteId}">, void>>();
  holds<Same<VendorName, "signing-today">>();
}

export function unheardOfValuesOfAnOpenEnumAreAllowed(): SigningToday.DstStatus[] {
  return ["draft", "toSign", "somethingNew"];
}

export function errorsAreToldApart(error: unknown): number | undefined {
  if (error instanceof ApiError) return error.status;
  if (error instanceof CountersignError && error.retryable) return error.retryAfter;
  return undefined;
}

export async function mistakesDoNotCompile(id: string): Promise<void> {
  // @ts-expect-error: there is no such vendor
  createClient("signing-tomorrow", { baseUrl: "https://edge.example.com" });
  // @ts-expect-error: the base URL is missing
  createClient("signing-today", {});
  // @ts-expect-error: a page takes no credential
  createClient("signing-today", { baseUrl: "/v/a", credential: { robot: { token: "" } } });
  // @ts-expect-error: there is no such route
  await signing.call("GET /DST/{ids}", { id });
  // @ts-expect-error: the path parameter is missing
  await signing.call("GET /DST/{id}", {});
  // @ts-expect-error: all parameters are missing
  await signing.call("GET /DST/{id}");
  // @ts-expect-error: the number of a note is a number
  await signing.call("DELETE /DST/{id}/note/{noteId}", { id, noteId: "3" });
  // @ts-expect-error: a parameter nobody knows
  await signing.call("GET /DST/{id}", { id, notes: true });
  // @ts-expect-error: the body is missing
  await signing.call("POST /DST/{id}/note", { id });
  // @ts-expect-error: this operation takes no body
  await signing.call("GET /DST/{id}", { id, body: {} });
  // @ts-expect-error: a field nobody knows
  await signing.call("POST /DST/{id}/note", { id, body: { texte: "" } });
  // @ts-expect-error: a value of an enum is a text
  await signing.call("POST /DSTs", { body: { status: 5 } });
  // @ts-expect-error: the file is missing
  await signing.call("PATCH /DST/{id}/resources", { id, body: { filename: "a.pdf", resourceType: "PDF_Document" } });
  // @ts-expect-error: this operation does not page
  signing.pages("GET /DST/{id}", { id });
  // @ts-expect-error: an answer without content has no fields
  (await signing.call("DELETE /DST/{id}", { id })).id;
  // @ts-expect-error: a parsed body proves nothing
  await verifyWebhook({ headers: {}, body: { status: "toSign" }, credential: {} });
  // @ts-expect-error: the list is of facts, not of functions
  operations("signing-today")[0]?.call();
}

export async function aFunctionCanBeGenericInTheRoute<R extends Route<"signing-today">>(
  route: R,
  ...params: {} extends Params<"signing-today", R> ? [Params<"signing-today", R>?] : [Params<"signing-today", R>]
): Promise<Answer<"signing-today", R>> {
  return signing.call(route, ...params);
}
