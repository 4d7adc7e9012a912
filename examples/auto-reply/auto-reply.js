// Answers WhatsApp messages. See README.md for how to run it.
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const {
  TWOTICK_HOOK_SECRET = "", GRAPH_TOKEN, GRAPH_URL = "https://graph.facebook.com", GRAPH_VERSION = "v25.0", PORT = 3000,
} = process.env;
const webhook = new Webhook(TWOTICK_HOOK_SECRET.split(",")[0].trim()); // while one replaces the other, either will do
const seen = new Set(); // a call may come twice, under one webhook-id; keep these in your database instead

// A group is answered in the group, a person at their number, or, who shows none, by their user id.
function addressee({ group_id, wa_id, user_id, parent_user_id }) {
  if (group_id) return { recipient_type: "group", to: group_id };
  if (wa_id) return { recipient_type: "individual", to: wa_id };
  const recipient = user_id ?? parent_user_id;
  return recipient && { recipient_type: "individual", recipient };
}

async function answer(data) {
  const { account, wamid, profile_name, text, occurred_at } = data;
  if (Date.now() - Date.parse(occurred_at) > 15 * 60_000) return; // after an outage: too late for a chat
  const body = `Hello ${profile_name ?? "there"}, you wrote: ${text ?? "no text"}`;
  console.log(`answer to ${wamid}: ${body}`);
  const to = addressee(data);
  if (!GRAPH_TOKEN || !to) return;
  const sent = await fetch(`${GRAPH_URL}/${GRAPH_VERSION}/${account.phone_number_id}/messages`, {
    method: "POST",
    headers: { Authorization: `Bearer ${GRAPH_TOKEN}`, "Content-Type": "application/json" },
    body: JSON.stringify({ messaging_product: "whatsapp", ...to, type: "text", text: { body }, context: { message_id: wamid } }),
  });
  if (!sent.ok) throw new Error(`Graph API: ${sent.status} ${await sent.text()}`);
}

createServer(async (request, response) => {
  try {
    const body = Buffer.concat(await request.toArray());
    const event = webhook.verify(body, request.headers); // throws unless Twotick signed it, within five minutes
    if (event.type === "message.received" && !seen.has(request.headers["webhook-id"])) await answer(event.data);
    seen.add(request.headers["webhook-id"]);
    response.writeHead(204).end();
  } catch (error) {
    console.error(error.message);
    response.writeHead(error.name === "WebhookVerificationError" ? 401 : 500).end(); // Twotick tries again
  }
}).listen(PORT, () => console.log(`auto-reply listens on http://localhost:${PORT}`));
