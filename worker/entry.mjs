// The edge's entry. It asks for a decision (`worker/src/decide.rs`) and carries it out.
import { carryOut, decide, refuse } from "./shell/actions.mjs";
import { ended } from "./shell/instance.mjs";

export { Inbox, TokenVault } from "./shell/objects.mjs";

export default {
  async fetch(request, env) {
    try {
      return await carryOut(request, env, decide(request, env));
    } catch (error) {
      ended(error);
      console.error(`countersign: ${error}`);
      const detail = "the edge met a fault and has recovered; send the call again";
      return refuse(env, "internal", detail, request.headers.get("origin"));
    }
  },
};
