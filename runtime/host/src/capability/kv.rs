use std::collections::HashMap;

use crate::abi::v1::kv::{Host, KvError};
use crate::state::{GuestState, lock};

const KEYS: usize = 32;
const KEY_BYTES: usize = 128;
const TOTAL_BYTES: usize = 16 << 10;

/// The memory of one trigger.
#[derive(Debug, Default)]
pub(crate) struct KvStore {
    entries: HashMap<String, Vec<u8>>,
    bytes: usize,
}

impl KvStore {
    fn set(&mut self, key: String, value: Vec<u8>) -> Result<(), KvError> {
        if key.len() > KEY_BYTES {
            return Err(KvError::KeyTooLong);
        }
        let replaced = self.entries.get(&key);
        let freed = replaced.map_or(0, |old| key.len() + old.len());
        let bytes = self.bytes - freed + key.len() + value.len();
        if bytes > TOTAL_BYTES || (replaced.is_none() && self.entries.len() >= KEYS) {
            return Err(KvError::Full);
        }
        self.bytes = bytes;
        self.entries.insert(key, value);
        Ok(())
    }

    fn delete(&mut self, key: &str) {
        if let Some(old) = self.entries.remove(key) {
            self.bytes -= key.len() + old.len();
        }
    }
}

impl Host for GuestState {
    fn get(&mut self, key: String) -> wasmtime::Result<Option<Vec<u8>>> {
        self.impure("kv.get")?;
        Ok(lock(&self.scope.kv).entries.get(&key).cloned())
    }

    fn set(&mut self, key: String, value: Vec<u8>) -> wasmtime::Result<Result<(), KvError>> {
        self.impure("kv.set")?;
        Ok(lock(&self.scope.kv).set(key, value))
    }

    fn delete(&mut self, key: String) -> wasmtime::Result<()> {
        self.impure("kv.delete")?;
        lock(&self.scope.kv).delete(&key);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_is_bounded_and_gives_space_back() {
        let mut store = KvStore::default();
        assert!(store.set("a".into(), vec![0; TOTAL_BYTES - 1]).is_ok());
        assert!(matches!(store.set("b".into(), vec![]), Err(KvError::Full)));
        assert!(store.set("a".into(), vec![1]).is_ok());
        assert!(store.set("b".into(), vec![2]).is_ok());
        store.delete("a");
        store.delete("b");
        store.delete("b");
        assert_eq!(store.bytes, 0);
    }

    #[test]
    fn the_number_and_length_of_keys_are_bounded() {
        let mut store = KvStore::default();
        for i in 0..KEYS {
            assert!(store.set(i.to_string(), vec![]).is_ok());
        }
        assert!(matches!(
            store.set("one more".into(), vec![]),
            Err(KvError::Full)
        ));
        assert!(store.set("0".into(), vec![1]).is_ok());
        let long = "k".repeat(KEY_BYTES + 1);
        assert!(matches!(store.set(long, vec![]), Err(KvError::KeyTooLong)));
    }
}
