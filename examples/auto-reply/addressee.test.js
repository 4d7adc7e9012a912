// To whom the answer goes: a Graph API of our own says what it was asked.
import assert from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";

const SECRET = "whsec_" + btoa("s".repeat(32));

async function listening(server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server.address().port;
}

for (const [name, ids, addressee] of [
  ["a person at their number", { wa_id: "15550002001", user_id: "US.1" }, { recipient_type: "individual", to: "15550002001" }],
  ["a person known by user id alone by that id", { user_id: "US.1" }, { recipient_type: "individual", recipient: "US.1" }],
  ["a group in the group, whoever wrote", { wa_id: "15550002001", user_id: "US.1", group_id: "Y2Fw" }, { recipient_type: "group", to: "Y2Fw" }],
  ["nobody where nobody is named", {}, undefined],
]) {
  test(`answers ${name}`, async (t) => {
    const asked = [];
    const graph = createServer(async (request, response) => {
      asked.push({ path: request.url, body: JSON.parse(Buffer.concat(await request.toArray())) });
      response.end("{}");
    });
    const graphPort = await listening(graph);
    const port = await listening(createServer().on("listening", function () { setImmediate(() => this.close()); }));
    const receiver = spawn(process.execPath, ["auto-reply.js"], {
      cwd: import.meta.dirname,
      env: { TWOTICK_HOOK_SECRET: SECRET, GRAPH_TOKEN: "t", GRAPH_URL: `http://127.0.0.1:${graphPort}`, PORT: port },
    });
    t.after(() => (receiver.kill(), graph.close()));
    await Promise.race([once(receiver.stdout, "data"), once(receiver, "exit")]);

    const data = { account: { phone_number_id: "9001" }, wamid: "wamid.1", text: "hello", occurred_at: new Date().toISOString(), ...ids };
    const body = JSON.stringify({ type: "message.received", data });
    const at = new Date();
    const answered = await fetch(`http://127.0.0.1:${port}/`, {
      method: "POST",
      headers: {
        "webhook-id": "msg_1",
        "webhook-timestamp": String(Math.floor(at / 1000)),
        "webhook-signature": new Webhook(SECRET).sign("msg_1", at, body),
      },
      body,
    });

    assert.strictEqual(answered.status, 204);
    const expected = addressee && {
      path: "/v25.0/9001/messages",
      body: {
        messaging_product: "whatsapp",
        ...addressee,
        type: "text",
        text: { body: "Hello there, you wrote: hello" },
        context: { message_id: "wamid.1" },
      },
    };
    assert.deepStrictEqual(asked, expected ? [expected] : []);
  });
}
