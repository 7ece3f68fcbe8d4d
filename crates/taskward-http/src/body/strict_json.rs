//! JSON objects under the rules of SEC-11 and SEC-12: no repeated member at any depth, compared after unescaping; at most
//! 16 levels; no number that overflows; nothing before or after.
//!
//! `serde_json` checks the other rules. Of two equal members it would keep the last.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

const DEPTH_MAX: u8 = 16;

/// `None` unless `bytes` are one JSON object.
pub(crate) fn object(bytes: &[u8]) -> Option<Map<String, Value>> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict {
        levels_left: DEPTH_MAX,
    }
    .deserialize(&mut deserializer)
    .ok()?;
    deserializer.end().ok()?;
    match value {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

#[derive(Clone, Copy)]
struct Strict {
    levels_left: u8,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        match self.levels_left.checked_sub(1) {
            Some(levels_left) => Ok(Self { levels_left }),
            None => Err(E::custom("nested too deeply")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut array = Vec::new();
        while let Some(element) = elements.next_element_seed(inner)? {
            array.push(element);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(inner)?;
            if map.insert(name, value).is_some() {
                return Err(A::Error::custom("repeated member"));
            }
        }
        Ok(map.into())
    }
}

#[cfg(test)]
mod tests {
    use super::object;

    #[test]
    fn sec_61_a_body_is_one_json_object_and_nothing_else() {
        assert_eq!(
            object(br#" {"a": {"b": [1, "x", null]}} "#).unwrap().len(),
            1
        );
        for bad in [
            &b""[..],
            b"[]",
            b"null",
            b"{",
            b"{} {}",
            b"{}x",
            b"\xef\xbb\xbf{}",
            br#"{"a": 1e999}"#,
            br#"{"a": "\ud800"}"#,
            b"{\"a\": \"\xff\"}",
            br#"{"a": NaN}"#,
            b"{'a': 1}",
            br#"{"a": 1,}"#,
        ] {
            assert!(object(bad).is_none(), "{:?}", String::from_utf8_lossy(bad));
        }
    }

    #[test]
    fn sec_61_repeated_members_are_refused_at_every_depth_and_in_every_spelling() {
        for bad in [
            r#"{"a":1,"a":1}"#,
            r#"{"title":1,"titl\u0065":1}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[{"a":1,"a":2}]}"#,
        ] {
            assert!(object(bad.as_bytes()).is_none(), "{bad}");
        }
    }

    #[test]
    fn sec_61_nesting_has_a_limit() {
        let nested =
            |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(object(nested(15).as_bytes()).is_some());
        assert!(object(nested(16).as_bytes()).is_none());
        assert!(object(nested(60_000).as_bytes()).is_none());
    }
}
