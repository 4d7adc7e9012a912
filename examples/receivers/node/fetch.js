// Where a request is fetch's (Hono here; Next.js, Bun, Deno, Workers alike): text, and a plain object of headers.
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { Webhook } from "standardwebhooks";

const [secret] = process.env.TWOTICK_HOOK_SECRET.split(",").map((text) => text.trim());
const webhook = new Webhook(secret);

async function receive(request) {
  let event;
  try {
    event = webhook.verify(await request.text(), Object.fromEntries(request.headers));
  } catch {
    return new Response(null, { status: 401 });
  }
  console.log(request.headers.get("webhook-id"), event.type);
  return new Response(null, { status: 204 });
}

const app = new Hono().post("/", (context) => receive(context.req.raw));
serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: "127.0.0.1" });
