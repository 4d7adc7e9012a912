import assert from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";

const NEW = "whsec_bmV3IHNlY3JldCBuZXcgc2VjcmV0IG5ldyBzZWNyZXQ=";
const OLD = "whsec_b2xkIHNlY3JldCBvbGQgc2VjcmV0IG9sZCBzZWNyZXQ=";

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

// Signed as Twotick signs: with each secret that it has.
function signed(secrets, body) {
  const at = new Date();
  return {
    "content-type": "application/json",
    "webhook-id": "msg_1",
    "webhook-timestamp": String(Math.floor(at / 1000)),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign("msg_1", at, body)).join(" "),
  };
}

for (const [name, setting, secrets] of [
  ["one secret", NEW, [NEW]],
  ["two secrets, as TWOTICK_HOOK_SECRET holds them during a rotation", `${NEW}, ${OLD}`, [NEW, OLD]],
  ["the old secret, while Twotick has both", OLD, [NEW, OLD]],
]) {
  test(`answers with ${name}, and refuses another's call`, async (t) => {
    const port = await freePort();
    const receiver = spawn(process.execPath, ["auto-reply.js"], {
      cwd: import.meta.dirname,
      env: { TWOTICK_HOOK_SECRET: setting, PORT: port },
    });
    t.after(() => receiver.kill());
    let said = "";
    for (const stream of [receiver.stdout, receiver.stderr]) stream.on("data", (data) => (said += data));
    await Promise.race([once(receiver.stdout, "data"), once(receiver, "exit")]);
    assert.strictEqual(receiver.exitCode, null, said);

    const data = { account: {}, wamid: "wamid.1", wa_id: "1", text: "hello", occurred_at: new Date().toISOString() };
    const body = JSON.stringify({ type: "message.received", data });
    const post = (headers) => fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers, body });

    assert.strictEqual((await post(signed(secrets, body))).status, 204);
    assert.match(said, /answer to wamid\.1: Hello there, you wrote: hello/);
    assert.strictEqual((await post(signed(["whsec_" + btoa("x".repeat(32))], body))).status, 401);
  });
}
