/** The module as bundlers of Workers import it. Where a URL is wanted, import `countersign/countersign.wasm?url`. */
declare const module: WebAssembly.Module;
export default module;
