use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Short against the seconds that things take here, long against what a look costs.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Looks again and again until there is something to see, and gives it.
///
/// # Errors
/// What there was to see instead, when `patience` is over.
pub async fn eventually<T, F>(what: &str, patience: Duration, mut look: F) -> Result<T>
where
    F: AsyncFnMut() -> Result<T>,
{
    let deadline = Instant::now() + patience;
    loop {
        // A look may hang, as that at a server that accepts and does not answer.
        let left = deadline.saturating_duration_since(Instant::now());
        let seen = match tokio::time::timeout(left, look()).await {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(seen)) => format!("{seen:#}"),
            Err(_) => "no answer".to_string(),
        };
        if Instant::now() >= deadline {
            bail!("{what}: not within {patience:?}, instead: {seen}");
        }
        // sleep: between two looks
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}
