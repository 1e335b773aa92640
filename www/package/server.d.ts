/** `countersign/server`: as `countersign`, and clients that hold the vendor's own credential. */

import type { Client, ClientOptions, VendorName } from "./index.js";

export * from "./index.js";

/** What a connection owns at its vendor. It belongs on servers only. */
export interface Credentials {
  "signing-today":
    | {
        /** A service account with its lifetime token. */
        robot: { token: string };
      }
    | {
        /** A user's login, and the OAuth client that may use it. */
        password: { client_id: string; client_secret: string; username: string; password: string };
      };
}

/** Options of a client that calls the vendor directly. */
export interface DirectOptions<V extends VendorName> extends Omit<ClientOptions, "token"> {
  /** The vendor's API. It must be https, except on this machine. */
  baseUrl: string | URL;
  /** What is exchanged for tokens, or sent as one. */
  credential: Credentials[V];
}

/** Makes a client that calls the vendor directly, or the edge with a token. */
export function createClient<V extends VendorName>(vendor: V, options: DirectOptions<V> | ClientOptions): Client<V>;
