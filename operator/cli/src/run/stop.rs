use std::future::Future;
use std::process::exit;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Exit code of a run that did not wait for its replicas.
const DID_NOT_WAIT: i32 = 1;

/// A terminal signals the whole process group, and wrappers pass on what they got: within so long, a
/// second signal is the first one again.
const SAME_WISH: Duration = Duration::from_secs(1);

/// Cancels `stop` on SIGTERM or SIGINT, and waits until `ended`. A second signal ends the program at
/// once: the guards give the replicas what is left of their grace period, and end them.
pub(crate) fn on_signals(
    stop: CancellationToken,
    ended: CancellationToken,
) -> std::io::Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        let mut next = async move || {
            tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            }
        };
        let signal = tokio::select! {
            signal = next() => signal,
            () = ended.cancelled() => return,
        };
        tracing::info!(signal, "stopping; a second signal does not wait");
        stop.cancel();
        let first = Instant::now();
        loop {
            let signal = tokio::select! {
                signal = next() => signal,
                () = ended.cancelled() => return,
            };
            if first.elapsed() > SAME_WISH {
                tracing::warn!(
                    signal,
                    "not waiting for what is left; guards see to replicas"
                );
                exit(DID_NOT_WAIT);
            }
        }
    })
}
