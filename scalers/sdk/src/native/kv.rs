use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::kv::KvError;

const MOST_KEYS: usize = 32;
const LONGEST_KEY: usize = 128;
const MOST_BYTES: usize = 16 * 1024;

thread_local! {
    static VALUES: RefCell<BTreeMap<String, Vec<u8>>> = const { RefCell::new(BTreeMap::new()) };
}

pub(crate) fn get(key: &str) -> Option<Vec<u8>> {
    VALUES.with_borrow(|values| values.get(key).cloned())
}

pub(crate) fn set(key: &str, value: &[u8]) -> Result<(), KvError> {
    if key.len() > LONGEST_KEY {
        return Err(KvError::KeyTooLong);
    }
    VALUES.with_borrow_mut(|values| {
        let others = values.iter().filter(|(k, _)| *k != key);
        let (count, bytes) = others.fold((0, 0), |(count, bytes), (k, v)| {
            (count + 1, bytes + k.len() + v.len())
        });
        if count >= MOST_KEYS || bytes + key.len() + value.len() > MOST_BYTES {
            return Err(KvError::Full);
        }
        values.insert(key.to_string(), value.to_vec());
        Ok(())
    })
}

pub(crate) fn delete(key: &str) {
    VALUES.with_borrow_mut(|values| values.remove(key));
}

pub(crate) fn clear() {
    VALUES.with_borrow_mut(BTreeMap::clear);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_is_bounded_as_the_hosts_is() {
        assert_eq!(set(&"k".repeat(129), b""), Err(KvError::KeyTooLong));
        assert_eq!(set("big", &[0; MOST_BYTES]), Err(KvError::Full));
        for i in 0..MOST_KEYS {
            assert_eq!(set(&i.to_string(), b"v"), Ok(()));
        }
        assert_eq!(set("one more", b"v"), Err(KvError::Full));
        assert_eq!(set("0", b"again"), Ok(()));
        assert_eq!(get("0").as_deref(), Some(&b"again"[..]));
        delete("0");
        assert_eq!(get("0"), None);
    }
}
