/** Reading a WebAssembly module out of whatever `init` was given. */

/**
 * @param {unknown} source a module, bytes, a `Response`, a URL, or a promise of one of them
 * @returns {Promise<WebAssembly.Module>}
 */
export async function moduleFrom(source) {
  const given = await source;
  if (given instanceof WebAssembly.Module) return given;
  if (given instanceof ArrayBuffer || ArrayBuffer.isView(given)) return WebAssembly.compile(given);
  if (typeof Response === "function" && given instanceof Response) return compileResponse(given);
  if (typeof given === "string" || given instanceof URL) return compileResponse(await fetch(given));
  throw new TypeError("init takes a URL, a Response, a WebAssembly.Module, bytes, or a promise of one of them");
}

async function compileResponse(response) {
  const type = response.headers.get("content-type") ?? "";
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  if (type.startsWith("application/wasm") && WebAssembly.compileStreaming) {
    return WebAssembly.compileStreaming(response);
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  // A server for single pages answers HTML for files it does not have; a bundler may have moved this one.
  if (bytes[0] !== 0 || bytes[1] !== 0x61) {
    throw new Error(
      `${response.url} is not WebAssembly (${type || "no content type"}); ` +
        'import the URL of "countersign/countersign.wasm" and give it to init',
    );
  }
  return WebAssembly.compile(bytes);
}
