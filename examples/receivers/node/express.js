// Node, Express: the bytes as they came, not express.json().
import express from "express";
import { Webhook } from "standardwebhooks";

const [secret] = process.env.TWOTICK_HOOK_SECRET.split(",").map((text) => text.trim()); // of two, either will do
const webhook = new Webhook(secret);
const app = express();

app.post("/", express.raw({ type: "application/json", limit: "8mb" }), (request, response) => {
  let event;
  try {
    event = webhook.verify(request.body, request.headers);
  } catch {
    return response.sendStatus(401);
  }
  console.log(request.headers["webhook-id"], event.type); // keep it, then answer; work later
  response.sendStatus(204);
});

app.listen(process.env.PORT, "127.0.0.1");
