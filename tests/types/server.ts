// What compiles and what must not on a server. Nothing here runs.
import { ApiError, createClient, init, verifyWebhook } from "countersign/server";

export async function aServerHoldsTheCredential(token: string): Promise<void> {
  await init();
  const robot = createClient("signing-today", { baseUrl: "https://api.example.com", credential: { robot: { token } } });
  const login = { client_id: "client", client_secret: token, username: "jdo@demo", password: token };
  createClient("signing-today", { baseUrl: "https://api.example.com", credential: { password: login } });
  createClient("signing-today", { baseUrl: "https://edge.example.com/v/acme", token });
  await robot.call("POST /robot/DSTs", { body: { title: "Sales", documents: [], status: "published" } });
  // @ts-expect-error: a credential is one of the vendor's own forms
  createClient("signing-today", { baseUrl: "https://api.example.com", credential: { robot: {} } });
}

export async function aWebhookIsVerified(request: Request, password: string): Promise<Response> {
  try {
    const credential = { headers: { "X-Webhook-Key": password }, basic: { username: "countersign", password } };
    const payload: unknown = await verifyWebhook({
      headers: request.headers,
      body: await request.arrayBuffer(),
      credential,
    });
    return Response.json(payload);
  } catch (error) {
    return new Response(null, { status: error instanceof ApiError ? 502 : 401 });
  }
}
