use std::convert::Infallible;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::Limits;
use crate::answer::Answer;
use crate::api::MetricsApi;
use crate::counters::count;

/// One connection.
pub(super) struct Connection {
    pub(super) api: Arc<MetricsApi>,
    pub(super) acceptor: TlsAcceptor,
    pub(super) requests: Arc<Semaphore>,
    pub(super) limits: Limits,
    pub(super) cancel: CancellationToken,
}

/// What goes on on it.
struct Activity {
    answering: AtomicUsize,
    since: Mutex<Instant>,
    /// Somebody known has asked.
    known: AtomicBool,
}

impl Activity {
    fn touch(&self) {
        *self.since.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn since(&self) -> Instant {
        *self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request that is being answered; dropped also when the caller does not wait for the answer.
struct Answering(Arc<Activity>);

impl Answering {
    fn new(activity: &Arc<Activity>) -> Self {
        activity.answering.fetch_add(1, Ordering::SeqCst);
        Self(activity.clone())
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.touch();
        self.0.answering.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Connection {
    /// Answers the requests that come along the connection until it ends, from either side.
    pub(super) async fn run(self, stream: TcpStream) -> Result<(), String> {
        // Small answers are not to wait for more.
        let _ = stream.set_nodelay(true);
        let handshake = tokio::time::timeout(self.limits.handshake, self.acceptor.accept(stream));
        let handshake = tokio::select! {
            () = self.cancel.cancelled() => return Ok(()),
            handshake = handshake => handshake,
        };
        let stream = match handshake {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                count(&self.api.counters.failed_handshakes);
                return Err(error.to_string());
            }
            Err(_) => {
                count(&self.api.counters.failed_handshakes);
                return Err("the handshake took too long".into());
            }
        };
        let chain: Vec<CertificateDer<'static>> = {
            let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
            certificates
                .iter()
                .cloned()
                .map(CertificateDer::into_owned)
                .collect()
        };
        count(&self.api.counters.connections);
        let _open = Open(self.api.clone());
        self.answer_all(stream, chain.into()).await
    }

    async fn answer_all(
        &self,
        stream: tokio_rustls::server::TlsStream<TcpStream>,
        chain: Arc<[CertificateDer<'static>]>,
    ) -> Result<(), String> {
        let activity = Arc::new(Activity {
            answering: AtomicUsize::new(0),
            since: Mutex::new(Instant::now()),
            known: AtomicBool::new(false),
        });
        let answer = service_fn(|request: Request<Incoming>| {
            let answering = Answering::new(&activity);
            let (api, requests) = (self.api.clone(), self.requests.clone());
            let (chain, limit) = (chain.clone(), self.limits.request);
            async move {
                // A body means nothing here; it is not read, and HTTP/1 connections end with it.
                let (request, _) = request.into_parts();
                let answered = api.answer(&request, &chain, &requests, limit).await;
                answering.0.known.fetch_or(answered.known, Ordering::SeqCst);
                Ok::<Answer, Infallible>(answered.answer)
            }
        });
        let builder = self.builder();
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), answer));
        let mut ending = false;
        loop {
            tokio::select! {
                ended = connection.as_mut() => return ended.map_err(|error| error.to_string()),
                () = self.cancel.cancelled(), if !ending => {}
                () = self.idle(&activity), if !ending => {}
                () = self.settled(&activity), if ending => return Ok(()),
            }
            connection.as_mut().graceful_shutdown();
            ending = true;
        }
    }

    /// Ends when nobody has asked for too long.
    async fn idle(&self, activity: &Activity) {
        loop {
            let limit = match activity.known.load(Ordering::SeqCst) {
                true => self.limits.idle,
                false => self.limits.head,
            };
            let since = activity.since();
            let end = since + limit;
            let answering = activity.answering.load(Ordering::SeqCst) > 0;
            if !answering && Instant::now() >= end {
                return;
            }
            // While an answer is being made, its own limit counts.
            let next = if answering {
                Instant::now() + limit
            } else {
                end
            };
            tokio::time::sleep_until(next).await;
        }
    }

    /// Ends when a connection that is to end has had time for its last words. Half a request keeps
    /// it open otherwise.
    async fn settled(&self, activity: &Activity) {
        loop {
            tokio::time::sleep(self.limits.handshake).await;
            if activity.answering.load(Ordering::SeqCst) == 0 {
                return;
            }
        }
    }

    fn builder(&self) -> auto::Builder<TokioExecutor> {
        let limits = &self.limits;
        let head_bytes = u32::try_from(limits.head_bytes).unwrap_or(u32::MAX);
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.idle)
            .max_buf_size(limits.head_bytes.max(8192))
            .max_headers(100);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits.streams)
            .max_header_list_size(head_bytes)
            .keep_alive_interval(limits.idle / 3)
            .keep_alive_timeout(limits.handshake);
        builder
    }
}

/// Counts the connection as open.
struct Open(Arc<MetricsApi>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.counters.connections.fetch_sub(1, Ordering::Relaxed);
    }
}
