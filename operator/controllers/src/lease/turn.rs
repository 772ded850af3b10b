use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::election::{Election, ElectionOptions, Held};
use super::rival;
use crate::lane::{ClusterError, Lane};

/// Between two looks at KEDA's Lease, which holds for 15 s after each renewal.
const LOOK: Duration = Duration::from_secs(2);

/// Whose turn it is. One operator acts at a time, and none of ours while KEDA's does.
pub struct Turn {
    lane: Lane,
    election: Option<Election>,
    waits: Mutex<Option<String>>,
}

/// Why it is our turn no longer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TurnEnded {
    /// KEDA came up.
    #[error("KEDA renews its Lease operator.keda.sh in namespace {0}: two operators would fight")]
    Keda(String),
    /// Another operator has it.
    #[error("the Lease {name} is held by {holder}")]
    Taken {
        /// Its name.
        name: String,
        /// Who.
        holder: String,
    },
}

impl TurnEnded {
    /// Fixed word for logs.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Keda(_) => "KedaActs",
            Self::Taken { .. } => "LeaseTaken",
        }
    }
}

impl Turn {
    /// Without `election` nobody but KEDA is waited for.
    pub fn new(lane: Lane, election: Option<ElectionOptions>) -> Self {
        Self {
            election: election.map(|options| Election::new(lane.clone(), options)),
            lane,
            waits: Mutex::new(Some(
                "it is not known yet whether another operator acts".into(),
            )),
        }
    }

    /// Why nothing is done, while nothing is.
    pub fn waits_for(&self) -> Option<String> {
        self.waits
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Returns when it is our turn.
    pub async fn begin(&self) {
        while let Some(reason) = self.obstacle().await {
            let before = self.note(Some(reason.clone()));
            if before.as_ref() != Some(&reason) {
                tracing::info!(reason, "waiting");
            }
            tokio::time::sleep(self.retry()).await;
        }
        self.note(None);
        tracing::info!("it is this operator's turn");
    }

    /// Returns when it is our turn no longer.
    pub async fn ended(&self) -> TurnEnded {
        tokio::select! {
            ended = self.keda_comes() => ended,
            ended = self.lease_is_lost() => ended,
        }
    }

    /// Gives our Lease back, so that the next operator need not wait for its end.
    pub async fn release(&self) {
        if let Some(election) = &self.election
            && let Err(error) = election.release().await
        {
            tracing::warn!(%error, "the Lease is not given back");
        }
    }

    async fn obstacle(&self) -> Option<String> {
        match self.keda().await {
            Ok(None) => {}
            Ok(Some(place)) => {
                let text = format!("KEDA acts: its Lease operator.keda.sh is renewed in {place}");
                return Some(text);
            }
            // Without that right it cannot be seen, and waiting for ever helps nobody.
            Err(error) if error.is_forbidden() => {
                tracing::warn!(%error, "whether KEDA acts cannot be seen");
            }
            Err(error) => return Some(error.to_string()),
        }
        let election = self.election.as_ref()?;
        match election.attempt().await {
            Ok(Held::Ours) => None,
            Ok(Held::By(holder)) => Some(format!("{holder} acts")),
            Err(error) => Some(error.to_string()),
        }
    }

    async fn keda(&self) -> Result<Option<String>, ClusterError> {
        let own = self.election.as_ref().map(|election| {
            let options = &election.options;
            (options.namespace.as_str(), options.name.as_str())
        });
        rival::acting(&self.lane, own).await
    }

    async fn keda_comes(&self) -> TurnEnded {
        loop {
            tokio::time::sleep(LOOK).await;
            // An API server that gives no answer does not mean that KEDA came.
            if let Ok(Some(place)) = self.keda().await {
                return TurnEnded::Keda(place);
            }
        }
    }

    async fn lease_is_lost(&self) -> TurnEnded {
        let Some(election) = &self.election else {
            return std::future::pending().await;
        };
        let (times, name) = (election.options.times, election.options.name.clone());
        let mut renewed = Instant::now();
        let mut late = false;
        loop {
            tokio::time::sleep(self.retry()).await;
            let begun = Instant::now();
            match tokio::time::timeout(times.renew, election.attempt()).await {
                Ok(Ok(Held::Ours)) => (renewed, late) = (begun, false),
                Ok(Ok(Held::By(holder))) => return TurnEnded::Taken { name, holder },
                Ok(Err(error)) if !late => tracing::warn!(%error, "the Lease is not renewed"),
                Ok(Err(_)) | Err(_) => {}
            }
            // Whoever cannot reach the API server cannot scale through it either, and others cannot take
            // over: it is no reason to end. The next answer tells whether the Lease is still ours, and a
            // target that another has changed meanwhile is not changed by what was decided before.
            if !late && renewed.elapsed() >= times.renew {
                late = true;
                let seconds = times.renew.as_secs();
                tracing::warn!(
                    name,
                    seconds,
                    "the Lease could not be renewed in time; trying on"
                );
            }
        }
    }

    fn retry(&self) -> Duration {
        let election = self.election.as_ref();
        election.map_or(LOOK, |election| election.options.times.retry)
    }

    fn note(&self, reason: Option<String>) -> Option<String> {
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut waits, reason)
    }
}
