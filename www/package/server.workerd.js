/** `countersign/server` for Workers: also takes a vendor's own credential. */

export * from "./workerd.js";
export { createClient } from "./direct.js";
