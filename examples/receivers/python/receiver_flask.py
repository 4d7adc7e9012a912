# Flask: request.get_data(), before anything reads request.stream.
import os

from flask import Flask, request
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["TWOTICK_HOOK_SECRET"].split(",")[0].strip())
app = Flask(__name__)


@app.post("/")
def receive():
    try:
        event = webhook.verify(request.get_data(), request.headers)
    except WebhookVerificationError:
        return "", 401
    print(request.headers["webhook-id"], event["type"], flush=True)
    return "", 204


app.run("127.0.0.1", int(os.environ["PORT"]), threaded=True)
