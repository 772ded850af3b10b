//! The demonstration: a thousand messages in a Redis list, and what scales its workers.

use crate::Scene;

/// Messages of the demonstration.
pub const MESSAGES: u64 = 1000;
/// Its list in Redis.
pub const LIST: &str = "orders";
/// Messages that one worker takes in a second.
pub const PER_SECOND: u64 = 15;
/// `maxReplicaCount` of its object.
pub const MOST_REPLICAS: u64 = 5;
/// `cooldownPeriod` of its object, in seconds.
pub const COOLDOWN: u64 = 5;

/// The ScaledObject of the demonstration, for a list at this address.
pub fn demonstration(scene: &Scene, redis: &str) -> String {
    scene.scaled_object(
        "",
        &format!(
            "pollingInterval: 2
cooldownPeriod: {COOLDOWN}
minReplicaCount: 0
maxReplicaCount: {MOST_REPLICAS}
advanced: {{horizontalPodAutoscalerConfig: {{behavior: {{scaleDown: {{stabilizationWindowSeconds: 2}}}}}}}}
triggers:
- type: redis
  metadata: {{address: \"{redis}\", listName: {LIST}, listLength: \"10\"}}"
        ),
    )
}

/// What pushes them all at once, for `redis-cli`.
pub fn push() -> [String; 4] {
    let script = format!("for i = 1, {MESSAGES} do redis.call('RPUSH', KEYS[1], i) end");
    ["EVAL".into(), script, "1".into(), LIST.into()]
}
