/** The operations of all vendors, as the module lists them. */

import { RequestError } from "./errors.js";
import { enter } from "./runtime.js";

let catalogue;

/**
 * Lists the operations of one vendor, or of all.
 *
 * @param {string} [vendor]
 */
export function operations(vendor) {
  catalogue ??= JSON.parse(enter("`operations()`", (glue) => glue.operations())).map(Object.freeze);
  return vendor === undefined ? [...catalogue] : catalogue.filter((operation) => operation.vendor === vendor);
}

/**
 * The operation with this route.
 *
 * @param {string} vendor
 * @param {string} route
 */
export function operationOf(vendor, route) {
  const known = operations(vendor);
  if (known.length === 0) {
    const vendors = [...new Set(operations().map((operation) => operation.vendor))];
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
