/**
 * One typed client for signature and trust-service vendors, compiled from Rust to WebAssembly.
 *
 * Everything that goes in and comes out is a plain object. Fields that a vendor sends but does
 * not document are kept in the answers; they have no type.
 */

import type { Vendors } from "./types/vendors.js";

export type { SigningToday, Vendors } from "./types/vendors.js";

/** Where the WebAssembly module can come from. */
export type ModuleSource = string | URL | Response | WebAssembly.Module | ArrayBuffer | ArrayBufferView;

/**
 * Starts the package. Once is enough: another call changes nothing, after a failure it tries again.
 *
 * @param source by default the file beside the package; in a Worker always the imported module
 */
export function init(source?: ModuleSource | Promise<ModuleSource>): Promise<void>;

/** A vendor's name. */
export type VendorName = keyof Vendors;

/** `METHOD /path` as the vendor's page prints it, without the query. */
export type Route<V extends VendorName> = keyof Vendors[V] & string;

/** A route whose answer is one page of a list. */
export type PagedRoute<V extends VendorName> = {
  [R in Route<V>]: Vendors[V][R] extends { item: unknown } ? R : never;
}[Route<V>];

/** What a route takes as body. */
export type Body<V extends VendorName, R extends Route<V>> = Vendors[V][R] extends { body: infer B } ? B : undefined;

/** What a route answers. */
export type Answer<V extends VendorName, R extends Route<V>> = Vendors[V][R] extends { answer: infer A } ? A : never;

/** What the pages of a route hold. */
export type Item<V extends VendorName, R extends PagedRoute<V>> = Vendors[V][R] extends { item: infer I } ? I : never;

/** What a call takes: path and query parameters by the vendor's own names, the body, and options. */
export type Params<V extends VendorName, R extends Route<V>> = (Vendors[V][R] extends { params: infer P } ? P : never) &
  Pick<Vendors[V][R], Extract<"body", keyof Vendors[V][R]>> &
  CallOptions;

/** Options of one call. */
export interface CallOptions {
  /** Cancels the call down to the wire; the promise then rejects with the signal's own reason. */
  signal?: AbortSignal | undefined;
  /** The time for this call, repetitions included, in milliseconds. */
  timeout?: number | undefined;
}

/** The arguments after the route: none are needed where nothing is required. */
export type Arguments<P> = {} extends P ? [params?: P] : [params: P];

/** Options of a client. */
export interface ClientOptions {
  /** The connection at the edge, `https://…/v/<connection>`. In a page it may be relative to the page. */
  baseUrl: string | URL;
  /**
   * The token for the edge, or a function that gives one. It is called when a token is needed and when
   * the one in use was refused, and once however many calls wait for it.
   */
  token?: string | ((reason: "needed" | "refused") => string | Promise<string>) | undefined;
  /** The time for one call, repetitions included, in milliseconds. Default 60 000. */
  timeout?: number | undefined;
  /** Requests sent at most for one call, the first included. Default 3. Calls that may do harm twice are not repeated. */
  maxAttempts?: number | undefined;
  /** Sends a request in place of the global `fetch`. */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
}

/** Calls one vendor. Its functions need no `this`. */
export interface Client<V extends VendorName> {
  /** The vendor. */
  readonly vendor: V;
  /** Calls an operation. */
  call<R extends Route<V>>(route: R, ...params: Arguments<Params<V, R>>): Promise<Answer<V, R>>;
  /** Calls an operation and also tells status and header fields, whose names are in lower case. */
  callWithResponse<R extends Route<V>>(
    route: R,
    ...params: Arguments<Params<V, R>>
  ): Promise<{ value: Answer<V, R>; status: number; headers: Record<string, string> }>;
  /** Walks through a list item by item; a page is asked for when it is needed. */
  pages<R extends PagedRoute<V>>(
    route: R,
    ...params: Arguments<Params<V, R>>
  ): AsyncGenerator<Item<V, R>, void, undefined>;
}

/** Makes a client. Nothing is sent before the first call. */
export function createClient<V extends VendorName>(vendor: V, options: ClientOptions): Client<V>;

/** What is known about an operation. */
export interface Operation {
  readonly vendor: VendorName;
  /** The name of the operation, unique within the vendor. */
  readonly id: string;
  /** `METHOD /path`, as `call` takes it. */
  readonly route: string;
  /** What it acts on; `resource:action` is the scope that allows it at the edge. */
  readonly resource: string;
  /** What it does. */
  readonly action: string;
  /** What it wants as authorization: the connection's token, the OAuth client, or nothing. */
  readonly auth: "token" | "client" | "none";
  /** How it pages. */
  readonly paging: "none" | "offset";
  /** Whether it is repeated after an answer that leaves open whether it was carried out. */
  readonly retry: "safe" | "unsafe";
  /** What it takes as body. */
  readonly consumes: ContentKind;
  /** What it answers. */
  readonly produces: ContentKind;
  /** What it does, in one sentence. */
  readonly summary: string;
  /** The link into the vendor's page. */
  readonly doc: string;
}

/** What a message carries. */
export type ContentKind = "empty" | "json" | "multipart" | "form" | "text" | "binary";

/** Lists the operations of one vendor, or of all. */
export function operations(vendor?: VendorName): Operation[];

/** One page of a list. */
export interface Page<T> {
  /** How many items there are in all. Only some vendors say so, and only when asked. */
  count?: number | null;
  /** The items of this page. */
  values: T[];
}

/** A date as the vendor wrote it; vendors use several forms side by side. */
export type Timestamp = string;

/** What a vendor was told to send along with its webhooks. Everything given must fit. */
export interface WebhookCredential {
  /** Header fields with secret values. */
  headers?: Record<string, string> | undefined;
  /** HTTP Basic credentials. */
  basic?: { username: string; password: string } | undefined;
}

/** One HTTP attempt of a vendor to tell something. */
export interface Delivery {
  /** Its header fields: a `Headers`, pairs, or the object Node gives. */
  headers: Iterable<readonly [string, string]> | Record<string, string | readonly string[] | undefined>;
  /** The raw body; one that was parsed and written again proves nothing. */
  body: string | ArrayBuffer | ArrayBufferView;
  /** What it is checked against. */
  credential: WebhookCredential;
}

/**
 * Proves that a delivery comes from the vendor, before anything in it is read. It rejects with a
 * `WebhookError` if not; the sender should then be told nothing but 401.
 *
 * @returns the payload: a value if it is JSON, its text if not
 */
export function verifyWebhook(delivery: Delivery): Promise<unknown>;

/** One particular of a refusal. */
export interface ErrorDetail {
  code?: string;
  message?: string;
  /** Which part of the request it is about. */
  target?: string;
}

/** What came as an answer. */
export interface ReceivedResponse {
  status: number;
  /** The body as text, cut at 64 KiB for a refusal. */
  body: string;
  headers?: Record<string, string>;
}

/** The base of all errors of this package. Cancelling is no error of it: the signal's reason is thrown as it is. */
export class CountersignError extends Error {
  /** The name of the class. */
  readonly name: string;
  /** The HTTP status, if an answer arrived. */
  readonly status?: number;
  /**
   * For an `ApiError` the vendor's own code or the edge's problem type; for a `TransportError` `build`, `send` or
   * `body`. Otherwise `not-initialized`, `init-failed`, `trap`, `not-verified` or none.
   */
  readonly code?: string;
  /** What the vendor says in particular, often one entry a field. */
  readonly details: readonly ErrorDetail[];
  /** The id under which the vendor or the edge logged the request. */
  readonly requestId?: string;
  /** How long the vendor asks to wait, in seconds. */
  readonly retryAfter?: number;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;
  /** What came, for a refusal and for an answer that could not be read. */
  readonly response?: ReceivedResponse;
  /** How many requests were sent. */
  readonly attempts: number;
  /** The vendor. */
  readonly vendor?: string;
  /** The operation's id. */
  readonly operation?: string;
  /** Who refused: the vendor, or the edge before it. */
  readonly origin?: "vendor" | "edge";
}

/** The vendor, or the edge before it, refused. */
export class ApiError extends CountersignError {
  readonly name: "ApiError";
  readonly status: number;
  readonly response: ReceivedResponse;
  readonly origin: "vendor" | "edge";
}

/** No complete answer arrived; `code` says how far the call came. */
export class TransportError extends CountersignError {
  readonly name: "TransportError";
  readonly code: "build" | "send" | "body";
}

/** The call's time was used up. */
export class TimeoutError extends CountersignError {
  readonly name: "TimeoutError";
}

/** No token could be had; `cause` is what the token function threw. */
export class TokenError extends CountersignError {
  readonly name: "TokenError";
}

/** The answer says success but is not what the vendor documents. */
export class DecodeError extends CountersignError {
  readonly name: "DecodeError";
  readonly status: number;
  readonly response: ReceivedResponse;
}

/** The request was never sent: something in it is missing, unknown or of the wrong kind. */
export class RequestError extends CountersignError {
  readonly name: "RequestError";
}

/** A webhook delivery does not come from the vendor. */
export class WebhookError extends CountersignError {
  readonly name: "WebhookError";
}
