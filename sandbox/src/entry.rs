//! The Worker's entry: sends each request to the object it belongs to, and
//! lets pages on this machine read the answers.

use wasm_bindgen::{JsCast, JsValue};
use worker::{Context, Env, Headers, Method, Request, Response, ResponseBuilder, Result, event};

use crate::answer::{Answer, forbidden};
use crate::identity_provider::{self, is_loopback};
use crate::{html, shell};

/// Tells `entry.mjs` of a panic: the promises inside a dead instance never settle.
#[event(start)]
fn start() {
    std::panic::set_hook(Box::new(|panic| {
        let told = js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("sandboxPanicked"));
        if let Some(told) = told.ok().and_then(|told| told.dyn_into::<js_sys::Function>().ok()) {
            // There is nobody left to hear of a failure here.
            let _ = told.call1(&JsValue::NULL, &JsValue::from_str(&panic.to_string()));
        }
    }));
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, _: Context) -> Result<Response> {
    let origin = request.headers().get("origin")?.filter(|origin| origin != "null");
    let loopback = origin.as_deref().is_none_or(is_loopback);
    let response = if request.method() == Method::Options && origin.is_some() {
        let asked = request.headers().get("access-control-request-headers")?.unwrap_or_default();
        shell::respond(preflight(&asked))?
    } else if request.path().starts_with("/control") && !loopback {
        shell::respond(forbidden("the controls are for this machine only"))?
    } else {
        route(request, &env).await?
    };
    match origin.filter(|_| loopback) {
        Some(origin) => allow(response, &origin),
        None => Ok(response),
    }
}

async fn route(request: Request, env: &Env) -> Result<Response> {
    let path = request.path();
    if path == "/healthz" {
        return shell::respond(Answer::bytes(200, "text/plain", "ok"));
    }
    if path == "/favicon.ico" {
        return shell::respond(Answer::empty(204));
    }
    if path == html::STYLE_PATH {
        return shell::respond(
            Answer::bytes(200, "text/css; charset=utf-8", html::STYLE).with("cache-control", "public, max-age=300"),
        );
    }
    if path.starts_with(identity_provider::BASE) {
        return env.durable_object("IDENTITY_PROVIDER")?.get_by_name("idp")?.fetch_with_request(request).await;
    }
    env.durable_object("SIGNING_TODAY")?.get_by_name("signing-today")?.fetch_with_request(request).await
}

fn preflight(asked: &str) -> Answer {
    Answer::empty(204)
        .with("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS")
        .with("access-control-allow-headers", asked)
        .with("access-control-max-age", "600")
}

/// Lets a page on this machine read an answer. The headers of an object's
/// response are read-only, so they are copied.
fn allow(response: Response, origin: &str) -> Result<Response> {
    let headers = Headers::new();
    for (name, value) in response.headers().entries() {
        headers.append(&name, &value)?;
    }
    headers.set("access-control-allow-origin", origin)?;
    headers.append("vary", "Origin")?;
    headers.set(
        "access-control-expose-headers",
        "content-disposition, content-length, location, retry-after, www-authenticate",
    )?;
    let status = response.status_code();
    let (_, body) = response.into_parts();
    Ok(ResponseBuilder::new().with_status(status).with_headers(headers).body(body))
}
