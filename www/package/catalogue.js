/** What is known about each operation, as the module lists it. */

import { RequestError } from "./errors.js";
import { enter } from "./runtime.js";

let catalogue;

/** The facts of every operation; `src/bindings/report.rs` has the same order. */
export function facts() {
  catalogue ??= enter("`operations()`", (glue) => glue.operations()).map(
    ([vendor, id, route, resource, action, auth, paging, retry, consumes, produces]) =>
      Object.freeze({ vendor, id, route, resource, action, auth, paging, retry, consumes, produces }),
  );
  return catalogue;
}

/**
 * The operation with this route.
 *
 * @param {string} vendor
 * @param {string} route
 */
export function operationOf(vendor, route) {
  const known = facts().filter((operation) => operation.vendor === vendor);
  if (known.length === 0) {
    const vendors = [...new Set(facts().map((operation) => operation.vendor))];
    throw new RequestError(`there is no vendor ${JSON.stringify(vendor)}; there are ${vendors.join(", ")}`, { vendor });
  }
  const found = known.find((operation) => operation.route === route);
  if (found) return found;
  throw new RequestError(`${vendor} has no operation ${JSON.stringify(route)}${hint(known, route)}`, { vendor });
}

// What people get wrong: the query in the route, a value in place of the parameter, the method.
function hint(known, route) {
  const path = shape(String(route).split(" ").at(-1));
  const near = known.filter((operation) => shape(operation.route.split(" ")[1]) === path);
  return near.length > 0 ? `; write ${near.map((operation) => `"${operation.route}"`).join(" or ")}` : "";
}

function shape(path) {
  return path.split("?")[0].replace(/\{[^}]*\}/g, "*").replace(/\/[^/]*\d[^/]*/g, "/*").toLowerCase();
}
