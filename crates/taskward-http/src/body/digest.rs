//! A digest of a JSON object by which a repeated request is told from another one. Not for secrets: it is no
//! cryptographic hash.

use serde_json::{Map, Value};

/// FNV-1a of the object with its members in the order of their names, 64 bits.
pub(super) fn of_object(object: &Map<String, Value>) -> i64 {
    let mut digest = Fnv(0xcbf2_9ce4_8422_2325);
    digest.object(object);
    digest.0.cast_signed()
}

struct Fnv(u64);

impl Fnv {
    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Object(object) => self.object(object),
            Value::Array(entries) => {
                self.bytes(b"[");
                for (index, entry) in entries.iter().enumerate() {
                    self.separator(index);
                    self.value(entry);
                }
                self.bytes(b"]");
            }
            other => self.bytes(other.to_string().as_bytes()),
        }
    }

    /// Sorts here, because the order in a `Map` depends on a feature that any crate can turn on.
    fn object(&mut self, object: &Map<String, Value>) {
        let mut members: Vec<_> = object.iter().collect();
        members.sort_unstable_by_key(|(name, _)| *name);
        self.bytes(b"{");
        for (index, (name, value)) in members.into_iter().enumerate() {
            self.separator(index);
            self.value(&Value::from(name.as_str()));
            self.bytes(b":");
            self.value(value);
        }
        self.bytes(b"}");
    }

    fn separator(&mut self, index: usize) {
        if index > 0 {
            self.bytes(b",");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(json: &str) -> i64 {
        of_object(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn the_digest_is_fnv_1a_of_the_text_without_spaces_and_in_order() {
        let mut text = Fnv(0xcbf2_9ce4_8422_2325);
        text.bytes(br#"{"a":[1,"x"],"b":{"c":null,"d":true}}"#);
        let spelled = "{ \"b\": {\"d\": true, \"c\": null}, \"\\u0061\": [1, \"x\"] }";
        assert_eq!(digest(spelled), text.0.cast_signed());
        // The test vector of the algorithm's authors.
        let mut vector = Fnv(0xcbf2_9ce4_8422_2325);
        vector.bytes(b"foobar");
        assert_eq!(vector.0, 0x8594_4171_f739_67e8);
    }

    #[test]
    fn other_values_have_other_digests() {
        let one = digest(r#"{"a": [1, 2]}"#);
        for other in [
            r#"{"a": [2, 1]}"#,
            r#"{"a": [[1, 2]]}"#,
            r#"{"a": "1,2"}"#,
            r#"{"b": [1, 2]}"#,
            "{}",
        ] {
            assert_ne!(digest(other), one, "{other}");
        }
    }
}
