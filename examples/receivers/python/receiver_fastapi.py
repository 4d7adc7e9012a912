# FastAPI: await request.body(); a parameter `bytes = Body()` would answer 422.
import os

import uvicorn
from fastapi import FastAPI, Request, Response
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["TWOTICK_HOOK_SECRET"].split(",")[0].strip())  # of two, either will do
app = FastAPI()


@app.post("/")
async def receive(request: Request) -> Response:
    try:
        event = webhook.verify(await request.body(), request.headers)
    except WebhookVerificationError:
        return Response(status_code=401)
    print(request.headers["webhook-id"], event["type"], flush=True)  # keep it, then answer; work later
    return Response(status_code=204)


uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
