use std::sync::Arc;
use std::time::Duration;

use runtime_types::Trigger;
use tokio::sync::{Mutex, Notify, mpsc};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use super::ask::Asked;
use super::batch::Batches;
use crate::component::LoadedComponent;
use crate::open_trigger;
use crate::runtime::Runtime;
use crate::state::{Reach, Scope, lock};

/// Triggers of one instance, as the contract says.
pub(super) const MOST_MEMBERS: usize = 256;

/// A batch is complete when nobody joined it for this long. Members that tick together arrive within
/// a few hundred microseconds of one another on an idle machine; a lone poll is late by this much.
const QUIET: Duration = Duration::from_millis(3);

/// And is begun after this long in any case: 256 ticks take 15 ms of CPU time.
const LONGEST_GATHERING: Duration = Duration::from_millis(30);

/// What the members of a cohort hold: the last one that lets go ends it.
pub(super) struct Cohort {
    pub(super) requests: mpsc::Sender<Asked>,
    pub(super) roll: Arc<Roll>,
    pub(super) reach: Reach,
    /// Held by the task while it polls; by a sole member, which has nobody to wait for.
    pub(super) batches: Arc<Mutex<Batches>>,
    _task: AbortOnDropHandle<()>,
}

impl Cohort {
    pub(super) fn start(
        runtime: &Arc<Runtime>,
        component: &Arc<LoadedComponent>,
        first: &Scope,
    ) -> Self {
        let home = home(runtime, component, first);
        let roll = Arc::<Roll>::default();
        let number = open_trigger::next_number();
        // Each member waits for one outcome; polls that were given up may still lie here.
        let (requests, received) = mpsc::channel(2 * MOST_MEMBERS);
        let reach = home.reach.clone();
        let batches = Batches::new(runtime, component, home, roll.clone(), number);
        let batches = Arc::new(Mutex::new(batches));
        let task = serve(batches.clone(), roll.clone(), received);
        Self {
            requests,
            roll,
            reach,
            batches,
            _task: AbortOnDropHandle::new(runtime.tasks.spawn(task)),
        }
    }
}

/// What the instance's calls are attributed to while it works for no member: a trigger of no object,
/// with the connection that all have.
fn home(runtime: &Runtime, component: &LoadedComponent, first: &Scope) -> Arc<Scope> {
    let trigger = Trigger {
        name: String::new(),
        object: String::new(),
        ..first.trigger.as_ref().clone()
    };
    Arc::new(Scope::new(
        Arc::new(trigger),
        &component.description,
        &runtime.policy,
        runtime.names.clone(),
        &runtime.limits,
    ))
}

async fn serve(batches: Arc<Mutex<Batches>>, roll: Arc<Roll>, mut requests: mpsc::Receiver<Asked>) {
    loop {
        tokio::select! {
            biased;
            first = requests.recv() => {
                let Some(first) = first else { return };
                let batch = gather(first, &roll, &mut requests).await;
                batches.lock().await.poll(batch).await;
            }
            () = roll.left.notified() => batches.lock().await.close_the_left().await,
        }
    }
}

/// Waits for the others that are about to ask.
async fn gather(first: Asked, roll: &Roll, requests: &mut mpsc::Receiver<Asked>) -> Vec<Asked> {
    let mut batch = vec![first];
    let longest = Instant::now() + LONGEST_GATHERING;
    while batch.len() < roll.members().min(MOST_MEMBERS) {
        let quiet = longest.min(Instant::now() + QUIET);
        match tokio::time::timeout_at(quiet, requests.recv()).await {
            Ok(Some(asked)) => batch.push(asked),
            Ok(None) | Err(_) => break,
        }
        // Polls that were given up count for nothing.
        if batch.len() >= MOST_MEMBERS {
            batch.retain(|asked| !asked.is_abandoned());
        }
    }
    batch
}

/// Who is there.
#[derive(Default)]
pub(super) struct Roll {
    state: std::sync::Mutex<RollState>,
    left: Notify,
}

#[derive(Default)]
struct RollState {
    members: usize,
    left: Vec<u64>,
}

impl Roll {
    /// Takes a seat if there is one.
    pub(super) fn enter(&self, most: usize) -> bool {
        let mut state = lock(&self.state);
        let free = state.members < most;
        state.members += usize::from(free);
        free
    }

    pub(super) fn leave(&self, number: u64) {
        let mut state = lock(&self.state);
        state.members = state.members.saturating_sub(1);
        state.left.push(number);
        drop(state);
        self.left.notify_one();
    }

    pub(super) fn members(&self) -> usize {
        lock(&self.state).members
    }

    /// Those who left since the last time this was asked.
    pub(super) fn take_left(&self) -> Vec<u64> {
        std::mem::take(&mut lock(&self.state).left)
    }
}
