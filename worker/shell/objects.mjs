// The Durable Objects' classes. Each gives the platform's calls to its own part in WebAssembly
// and makes that part anew when the instance was replaced.
import { DurableObject } from "cloudflare:workers";

import { ended, generation, inFlight, instance } from "./instance.mjs";

class Seat extends DurableObject {
  #part;
  #generation = 0;

  /** Calls the part in WebAssembly that `make` makes. */
  async use(make, call) {
    try {
      const edge = instance(this.env);
      if (this.#generation !== generation) {
        this.#part = make(edge, this.ctx);
        this.#generation = generation;
      }
      const outcome = call(this.#part);
      return outcome instanceof Promise ? await inFlight(outcome) : outcome;
    } catch (error) {
      ended(error);
      throw error;
    }
  }
}

/** The inbox of one connection (`worker/src/inbox.rs`). */
export class Inbox extends Seat {
  #use(call) {
    return this.use((edge, ctx) => new edge.Inbox(ctx), call);
  }

  /** Stores a proved delivery; `true` if it is new. */
  accept(received, body) {
    const { id, source, type, subject, time, datacontenttype, headers } = received;
    const isJson = datacontenttype === "application/json";
    return this.#use((inbox) =>
      inbox.accept(id, source, type, subject, time, isJson, JSON.stringify(headers), new Uint8Array(body)),
    );
  }

  /** A page of events as JSON text. */
  events(after, limit) {
    return this.#use((inbox) => inbox.events(after, limit));
  }

  /** Opens a live stream. */
  fetch(request) {
    const after = Number(new URL(request.url).searchParams.get("after"));
    return this.#use((inbox) => inbox.connect(after));
  }

  webSocketClose(socket, code) {
    // 1005 and 1006 are for reports and must not be sent.
    socket.close(code === 1005 || code === 1006 ? 1000 : code);
  }
}

/** The token vault of one connection (`worker/src/token_vault.rs`). */
export class TokenVault extends Seat {
  /** A vendor token as JSON text; `refused` is one the vendor has turned down. */
  token(connection, refused) {
    return this.use((edge, ctx) => new edge.TokenVault(ctx, connection), (vault) => vault.token(refused));
  }
}
