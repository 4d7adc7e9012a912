// Rust, axum: take the bytes, before any extractor parses them. Unless told otherwise axum answers 413 over 2 MB.
use axum::{
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode},
    routing::post,
    Router,
};
use serde::{de::IgnoredAny, Deserialize};
use standardwebhooks::Webhook;
use std::{env, sync::Arc};

#[derive(Deserialize)]
struct Event {
    r#type: String,
    // read what you need of it: serde_json refuses half a surrogate pair, which people's texts may hold, in a String
    #[allow(dead_code)]
    data: IgnoredAny,
}

async fn hook(State(webhook): State<Arc<Webhook>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if webhook.verify(&body, &headers).is_err() {
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(event) = serde_json::from_slice::<Event>(&body) else {
        return StatusCode::BAD_REQUEST;
    };
    let id = headers["webhook-id"].to_str().unwrap_or_default();
    println!("{id} {}", event.r#type); // keep it, then answer; work later
    StatusCode::NO_CONTENT
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let secrets = env::var("TWOTICK_HOOK_SECRET")?;
    let secret = secrets.split(',').next().unwrap_or_default().trim(); // Rust refuses the whole of two
    let webhook = Arc::new(Webhook::new(secret)?);
    let app = Router::new()
        .route("/", post(hook))
        .layer(DefaultBodyLimit::max(8 << 20))
        .with_state(webhook);
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{}", env::var("PORT")?)).await?;
    axum::serve(listener, app).await?;
    Ok(())
}
