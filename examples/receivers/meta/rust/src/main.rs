//! whatsapp-business-rs as its documentation has it. Prints "got" and the id of each message that it hands to the
//! application.

use std::env::var;

use whatsapp_business_rs::client::AppSecret;
use whatsapp_business_rs::server::{EventContext, Handler, IncomingMessage, Server};

struct Got;

impl Handler for Got {
    async fn handle_message(&self, _: EventContext, message: IncomingMessage) {
        println!("got {}", message.message().id);
    }
}

#[tokio::main]
async fn main() -> Result<(), whatsapp_business_rs::Error> {
    let port = var("PORT").unwrap_or("3000".into());
    Server::builder()
        .endpoint(format!("127.0.0.1:{port}").parse().expect("PORT is a port"))
        .route("/webhook")
        .verify_payload(AppSecret::from(var("APP_SECRET").expect("APP_SECRET is the app's secret")))
        .build()
        .serve(Got)
        .await
}
