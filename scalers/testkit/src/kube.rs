use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use runtime_types::{Unknown, UnknownReason};

use crate::case::kube::{self, KubeExchange};

/// The cluster of a case: its `[[kube]]` exchanges, one after the other. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct KubeScript(Arc<Mutex<Script>>);

#[derive(Debug, Default)]
struct Script {
    left: VecDeque<KubeExchange>,
    differences: Vec<String>,
}

impl KubeScript {
    pub(crate) fn new(exchanges: &[KubeExchange]) -> Self {
        let script = Script {
            left: exchanges.to_vec().into(),
            differences: Vec::new(),
        };
        Self(Arc::new(Mutex::new(script)))
    }

    /// Answers a question for pods.
    ///
    /// # Errors
    /// As the case says.
    pub fn count_pods(&self, label_selector: &str) -> Result<u64, Unknown> {
        let exchange = self.next(&kube::pods(label_selector))?;
        Ok(exchange.count.unwrap_or_default())
    }

    /// Answers a question for nodes.
    ///
    /// # Errors
    /// As the case says.
    pub fn count_nodes(&self, label_selector: &str) -> Result<u64, Unknown> {
        let exchange = self.next(&kube::nodes(label_selector))?;
        Ok(exchange.count.unwrap_or_default())
    }

    /// Answers a question for a value.
    ///
    /// # Errors
    /// As the case says.
    pub fn config_map_value(&self, name: &str, key: &str) -> Result<Option<String>, Unknown> {
        Ok(self.next(&kube::value(name, key))?.value)
    }

    fn next(&self, question: &str) -> Result<KubeExchange, Unknown> {
        let mut script = self.script();
        let complaint = match script.left.pop_front() {
            Some(exchange) if exchange.question() == question => {
                return match &exchange.unknown {
                    Some(failure) => Err(failure.unknown()),
                    None => Ok(exchange),
                };
            }
            Some(other) => format!("kube: asked {question}, expected {}", other.question()),
            None => format!("kube: asked {question}, expected nothing more"),
        };
        script.differences.push(complaint.clone());
        Err(Unknown::new(UnknownReason::Other, complaint))
    }

    /// What was asked otherwise than the case says, or not at all.
    pub(crate) fn finish(&self) -> Vec<String> {
        let mut script = self.script();
        let left: Vec<_> = script.left.drain(..).collect();
        let never = left
            .iter()
            .map(|e| format!("kube: never asked {}", e.question()));
        let mut differences = std::mem::take(&mut script.differences);
        differences.extend(never);
        differences
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
