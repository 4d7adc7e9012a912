// Receivers of Meta's own webhook, each as its library's documentation has it: node receiver.js LIBRARY.
// Prints "got" and the id of each message that the library hands to the application.
import { createServer } from "node:http";

const port = Number(process.env.PORT ?? 3000);
const appSecret = process.env.APP_SECRET ?? "";
const got = (id) => console.log(`got ${id}`);

async function bytesOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function serve(post) {
  createServer(async (request, response) => {
    response.statusCode = await post(request).catch((error) => (console.error(error), 500));
    response.end();
  }).listen(port, "127.0.0.1");
}

const receivers = {
  async "@kapso/whatsapp-cloud-api"() {
    const { normalizeWebhook, verifySignature } = await import("@kapso/whatsapp-cloud-api/server");
    serve(async (request) => {
      const rawBody = await bytesOf(request);
      const signatureHeader = request.headers["x-hub-signature-256"];
      if (!verifySignature({ appSecret, rawBody, signatureHeader })) return 401;
      normalizeWebhook(JSON.parse(rawBody)).messages.forEach((message) => got(message.id));
      return 200;
    });
  },

  async "whatsapp-api-js"() {
    const { WhatsAppAPI } = await import("whatsapp-api-js/middleware/node-http");
    const { NodeNext } = await import("whatsapp-api-js/setup/node");
    const api = new WhatsAppAPI(NodeNext({ token: "none", appSecret }));
    api.on.message = ({ message }) => got(message.id);
    serve((request) => api.handle_post(request));
  },

  async "@great-detail/whatsapp"() {
    const { Client } = await import("@great-detail/whatsapp");
    const sdk = new Client({ request: { headers: { Authorization: "Bearer none" } } });
    serve(async (request) => {
      const body = (await bytesOf(request)).toString();
      const event = await sdk.webhook.eventNotification({ method: request.method, query: {}, body, headers: request.headers });
      event.verifySignature(appSecret);
      for (const entry of event.eventNotification.entry)
        for (const change of entry.changes) (change.value.messages ?? []).forEach((message) => got(message.id));
      return event.accept()?.status ?? 200;
    });
  },

  async "whatsapp-business"() {
    const { WebhookClient } = await import("whatsapp-business");
    new WebhookClient({ token: "none", path: "/webhook", port }).initWebhook({
      onMessageReceived: (message) => got(message.id),
    });
  },
};

await receivers[process.argv[2]]();
