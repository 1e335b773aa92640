//! The transport of native programs: reqwest on a tokio runtime.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Phase, Runtime, Transport, TransportError};
use crate::{
    http::{Body, Headers, Request, Response},
    threads::BoxFuture,
    time::UnixMillis,
};

/// Sends requests with reqwest. Redirects are not followed; proxies are those of the environment.
#[derive(Clone, Debug)]
pub struct NativeTransport(reqwest::Client);

impl NativeTransport {
    /// A transport with its own connection pool.
    ///
    /// # Errors
    ///
    /// The TLS library could not be set up.
    pub fn new() -> Result<Self, TransportError> {
        // Fails only if the program has chosen a provider already, and then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map(Self)
            .map_err(|error| failed(Phase::Build, &error))
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let method = request.method.as_str().parse().unwrap_or_default();
        let mut builder = self.0.request(method, &request.url);
        for (name, value) in request.headers.iter() {
            builder = builder.header(name, value);
        }
        builder = match request.body {
            Body::Empty => builder,
            Body::Bytes(bytes) => builder.body(bytes),
            Body::Foreign(_) => {
                return Err(TransportError {
                    phase: Phase::Build,
                    message: "this transport sends bodies in memory only".into(),
                });
            }
        };
        let built = builder.build().map_err(|error| failed(Phase::Build, &error))?;
        let answer = self.0.execute(built).await.map_err(|error| failed(Phase::Send, &error))?;
        let status = answer.status().as_u16();
        let headers: Headers =
            answer.headers().iter().map(|(name, value)| (name, String::from_utf8_lossy(value.as_bytes()))).collect();
        let bytes = answer.bytes().await.map_err(|error| failed(Phase::Body, &error))?;
        Ok(Response { status, headers, body: Body::Bytes(bytes.into()) })
    }
}

impl Transport for NativeTransport {
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

/// The system's clock and randomness, tokio's timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioRuntime;

impl Runtime for TokioRuntime {
    fn now(&self) -> UnixMillis {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixMillis::default() + since_epoch
    }

    fn random(&self, into: &mut [u8]) {
        // Without randomness a jitter is zero and a boundary is plain; neither is a secret.
        let _ = getrandom::fill(into);
    }

    fn sleep<'a>(&'a self, duration: Duration) -> BoxFuture<'a, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

fn failed(phase: Phase, error: &reqwest::Error) -> TransportError {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    TransportError { phase, message }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        thread,
    };

    use super::*;
    use crate::http::{ContentKind, Method};

    /// Answers one request with these bytes, then hangs up.
    fn served(answer: &'static str) -> Result<Response, TransportError> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/DSTs", listener.local_addr().expect("an address"));
        let server = thread::spawn(move || {
            let (mut connection, _) = listener.accept().expect("a connection");
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                connection.read_exact(&mut byte).expect("a request");
                request.extend(byte);
            }
            connection.write_all(answer.as_bytes()).expect("an open connection");
            String::from_utf8(request).expect("a text")
        });
        let request = Request {
            method: Method::Get,
            url,
            headers: [("x-try", "1")].into_iter().collect(),
            body: Body::Empty,
            expects: ContentKind::Json,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let outcome = runtime.block_on(async { NativeTransport::new()?.send(request).await });
        let request = server.join().expect("a served request");
        assert!(request.starts_with("GET /DSTs HTTP/1.1\r\n") && request.contains("x-try: 1"), "{request}");
        outcome
    }

    #[test]
    fn an_answer_arrives_whole() {
        let response = served("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-request-id: r1\r\n\r\n[]").expect("an answer");
        assert_eq!((response.status, response.body.bytes()), (200, b"[]".as_slice()));
        assert_eq!(response.headers.get("X-Request-Id"), Some("r1"));
    }

    #[test]
    fn an_answer_that_breaks_off_is_told_from_none_at_all() {
        let half = served("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n[").expect_err("half an answer");
        assert_eq!(half.phase, Phase::Body);
        assert_eq!(served("").expect_err("no answer").phase, Phase::Send);
    }

    #[test]
    fn a_redirect_is_not_followed() {
        let answer = "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(served(answer).expect("an answer").status, 307);
    }

    #[test]
    fn a_malformed_address_is_a_fault_of_the_request() {
        let request = Request {
            method: Method::Get,
            url: "no address".into(),
            headers: Headers::new(),
            body: Body::Empty,
            expects: ContentKind::Json,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let outcome = runtime.block_on(async { NativeTransport::new()?.send(request).await });
        assert_eq!(outcome.expect_err("a fault").phase, Phase::Build);
    }
}
