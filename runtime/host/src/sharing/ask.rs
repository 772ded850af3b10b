use std::sync::Arc;

use runtime_types::Outcome;
use tokio::sync::oneshot;

use crate::state::Scope;

/// One poll that waits for its outcome.
pub(crate) struct Asked {
    /// The trigger's number.
    pub(crate) number: u64,
    pub(crate) scope: Arc<Scope>,
    /// Whether the instance was kept from before.
    pub(crate) warm: bool,
    reply: oneshot::Sender<Answer>,
}

/// What became of it.
#[derive(Debug)]
pub(crate) enum Answer {
    /// There is an outcome.
    Outcome {
        outcome: Outcome,
        /// Whether an instance kept from before gave it.
        warm: bool,
    },
    /// It must be asked for again, by an instance of its own.
    Alone,
}

impl Asked {
    pub(crate) fn new(number: u64, scope: Arc<Scope>) -> (Self, oneshot::Receiver<Answer>) {
        let (reply, answer) = oneshot::channel();
        let asked = Self {
            number,
            scope,
            warm: false,
            reply,
        };
        (asked, answer)
    }

    /// Whether nobody waits any more.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    pub(crate) fn answer(self, outcome: Outcome) {
        let warm = self.warm;
        // Who stopped waiting needs no answer.
        let _ = self.reply.send(Answer::Outcome { outcome, warm });
    }

    pub(crate) fn send_away(self) {
        let _ = self.reply.send(Answer::Alone);
    }

    /// Sends it away, and keeps it away until it proved sound.
    pub(crate) fn suspect(self) {
        self.scope.company.suspect();
        self.send_away();
    }
}
