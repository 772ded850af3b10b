use std::future::Future;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::ensure;
use operator_controllers::{ElectionOptions, Times, Turn, TurnEnded};
use tokio_util::sync::CancellationToken;

use crate::args::{ClusterArgs, ElectionArgs};

/// What is left of a Lease that could not be renewed for 10 s, with something to spare.
const LAST: Duration = Duration::from_secs(4);

/// The election of the command line, if there is to be one.
pub(super) fn options(
    args: &ElectionArgs,
    cluster: &ClusterArgs,
) -> anyhow::Result<Option<ElectionOptions>> {
    if !args.leader_elect {
        return Ok(None);
    }
    let times = Times {
        lease: args.lease_duration,
        renew: args.renew_deadline,
        retry: args.retry_period,
    };
    ensure!(
        times.retry < times.renew && times.renew < times.lease,
        "the retry period has to be less than the renew deadline, and that less than the lease duration"
    );
    // A container that is started again in its pod has the pod's name, and must not take the Lease for its own.
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let mark = now.map_or(0, |now| now.as_nanos()) ^ u128::from(std::process::id());
    Ok(Some(ElectionOptions {
        namespace: cluster.pod_namespace.clone(),
        name: args.leader_election_id.clone(),
        identity: format!("{}_{mark:x}", args.pod_name),
        times,
    }))
}

/// Runs while it is our turn; when it is no longer, `acting` is cancelled, and why is told.
pub(super) async fn while_held<T>(
    turn: &Turn,
    acting: &CancellationToken,
    running: impl Future<Output = T>,
) -> Result<T, TurnEnded> {
    tokio::pin!(running);
    let lost = tokio::select! {
        result = &mut running => return Ok(result),
        lost = turn.ended() => lost,
    };
    tracing::error!(reason = lost.reason(), error = %lost, "stopping: it is another's turn");
    acting.cancel();
    // Before the next one may act; what has not ended by then ends with the process.
    let _ = tokio::time::timeout(LAST, running).await;
    Err(lost)
}
