"""Receivers of Meta's own webhook, each as its library's documentation has it: python receiver.py LIBRARY.

Prints "got" and the id of each message that the library hands to the application.
"""

import os
import sys

import uvicorn
from fastapi import FastAPI, HTTPException, Request

SECRET = os.environ.get("APP_SECRET", "")
app = FastAPI()


def got(message_id):
    os.write(1, f"got {message_id}\n".encode())  # at once: some libraries call from many threads


def pywa():
    from pywa import WhatsApp

    client = WhatsApp(token="none", server=app, verify_token="none", app_secret=SECRET, webhook_endpoint="/webhook")

    @client.on_message()
    def hear(_, message):
        got(message.id)


def whatsapp_cloud_api_py():
    from whatsapp_cloud_api.webhooks import normalize_webhook, verify_signature

    @app.post("/webhook")
    async def hook(request: Request):
        body = await request.body()
        header = request.headers.get("x-hub-signature-256")
        if not verify_signature(app_secret=SECRET, raw_body=body, signature_header=header):
            raise HTTPException(401)
        for message in normalize_webhook(await request.json()).messages:
            got(message.id)


def whatsapp_client():
    from whatsapp_client import WebhookHandler, WebhookVerificationError, WhatsAppClient

    handler = WebhookHandler(app_secret=SECRET, client=WhatsAppClient(phone_number_id="0", access_token="none"))

    @handler.on_message
    async def hear(_, __, message):
        got(message.id)

    @app.post("/webhook")
    async def hook(request: Request):
        try:
            await handler.handle(
                body=await request.body(), signature=request.headers.get("x-hub-signature-256", "")
            )
        except WebhookVerificationError:
            raise HTTPException(401)


def heyoo():
    from heyoo import WhatsApp

    messenger = WhatsApp("none", phone_number_id="0")

    @app.post("/webhook")
    async def hook(request: Request):
        data = await request.json()
        if messenger.is_message(data):
            messenger.get_mobile(data)
            got(messenger.get_message_id(data))


{"pywa": pywa, "whatsapp-cloud-api-py": whatsapp_cloud_api_py, "whatsapp-client": whatsapp_client, "heyoo": heyoo}[
    sys.argv[1]
]()
uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "3000")), log_level="warning")
