/** `countersign/server` for Node, Deno and Bun: also takes a vendor's own credential. */

export * from "./node.js";
export { createClient } from "./direct.js";
