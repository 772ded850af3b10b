use std::future::Future;

use runtime_host::{OpenTrigger, PollCounts};
use runtime_types::{Number, Outcome};

use crate::{Sandbox, trigger};

/// Well-behaved triggers of the same component, polled while another misbehaves.
pub struct Neighbours(Vec<OpenTrigger>);

/// As many as make a misbehaving one matter if it took what is theirs.
const COUNT: usize = 20;

impl Neighbours {
    /// Opens them and polls each once, so that compiling is not counted.
    pub async fn new(sandbox: &Sandbox) -> Self {
        let mut neighbours = Self(
            (0..COUNT)
                .map(|_| sandbox.open(trigger("good", "poll", &[])))
                .collect(),
        );
        neighbours.poll_all().await;
        neighbours
    }

    /// Polls all of them, over and over, until `misbehaviour` ends, and gives its result.
    ///
    /// # Panics
    /// When a neighbour's poll failed, or none was polled meanwhile.
    pub async fn unharmed_by<T>(&mut self, misbehaviour: impl Future<Output = T>) -> T {
        let before = self.counts();
        let mut misbehaviour = Box::pin(misbehaviour);
        let mut rounds = 0_u64;
        let result = loop {
            let round = self.poll_all();
            tokio::select! {
                // The round goes first, so that it is never cut off by the end of the other.
                biased;
                () = round => rounds += 1,
                result = &mut misbehaviour => break result,
            }
        };
        self.poll_all().await;
        rounds += 1;
        for (before, after) in before.iter().zip(self.counts()) {
            assert_eq!(after.failures, 0, "a neighbour's poll failed");
            assert!(
                after.polls - before.polls >= rounds,
                "a neighbour missed a poll"
            );
        }
        result
    }

    fn counts(&self) -> Vec<PollCounts> {
        self.0.iter().map(OpenTrigger::counts).collect()
    }

    async fn poll_all(&mut self) {
        for neighbour in &mut self.0 {
            match neighbour.poll().await {
                Outcome::Reading(reading) => {
                    assert_eq!(reading.samples[0].value, Ok(Number::Whole(7)));
                }
                other => panic!("a neighbour suffered: {other:?}"),
            }
            // Polls of a warm instance may never wait; the misbehaving one must get its turn.
            tokio::task::yield_now().await;
        }
    }
}
