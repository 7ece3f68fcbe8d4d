//! A strict parser for JSON objects.
//!
//! It refuses input that parsers interpret differently: duplicate members (RFC 7519, section 4), numbers that overflow,
//! trailing text and deep nesting. Invariant: no [`Object`], at any depth, has two members with the same unescaped name.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::sync::LazyLock;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::limits::MAX_JSON_DEPTH;

/// Why a text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonError {
    /// Not one JSON value in UTF-8, or a number that overflows an `f64`.
    Syntax,
    NotAnObject,
    Duplicate,
    TooDeep,
}

impl JsonError {
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::Syntax => "is not valid JSON",
            Self::NotAnObject => "is not a JSON object",
            Self::Duplicate => "has a duplicate member",
            Self::TooDeep => "is nested too deeply",
        }
    }
}

/// A JSON value. The content of booleans and nested objects is not kept. Strings without escapes are borrowed.
#[derive(Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool,
    Number(f64),
    String(Cow<'a, str>),
    Array(Vec<Value<'a>>),
    Object,
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Object<'a> {
    members: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> Object<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, JsonError> {
        let error = Cell::new(JsonError::Syntax);
        let mut reader = serde_json::Deserializer::from_str(text);
        let object = ObjectSeed { error: &error }
            .deserialize(&mut reader)
            .map_err(|_| error.get())?;
        reader.end().map_err(|_| JsonError::Syntax)?;
        Ok(object)
    }

    pub(crate) fn parse_bytes(bytes: &'a [u8]) -> Result<Self, JsonError> {
        Self::parse(std::str::from_utf8(bytes).map_err(|_| JsonError::Syntax)?)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.members
            .iter()
            .find(|(member, _)| member == name)
            .map(|(_, value)| value)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Returns the string, or `None` if the member is missing.
    pub(crate) fn string(&self, name: &str) -> Result<Option<&Cow<'a, str>>, WrongType> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(WrongType),
        }
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.members
            .iter()
            .map(|(name, value)| (name.as_ref(), value))
    }

    pub(crate) fn strings(&self) -> impl Iterator<Item = (&Cow<'a, str>, &Cow<'a, str>)> {
        self.members.iter().filter_map(|(name, value)| match value {
            Value::String(text) => Some((name, text)),
            _ => None,
        })
    }
}

/// A member has another type than expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WrongType;

/// Larger objects are sorted to find duplicates, which avoids quadratic time.
const LINEAR_SCAN_MAX: usize = 64;

fn has_duplicates<'m>(names: impl ExactSizeIterator<Item = &'m str> + Clone) -> bool {
    if names.len() > LINEAR_SCAN_MAX {
        let mut sorted: Vec<&str> = names.collect();
        sorted.sort_unstable();
        return !sorted.is_sorted_by(|a, b| a < b);
    }
    // A Bloom filter with one hash: names are compared only if their hash was seen before.
    let mut seen = 0_u64;
    names.clone().enumerate().any(|(index, name)| {
        let bit = 1_u64 << hash(name);
        let may_be_duplicate = seen & bit != 0;
        seen |= bit;
        may_be_duplicate && names.clone().take(index).any(|earlier| earlier == name)
    })
}

/// In `0..64`.
fn hash(name: &str) -> u32 {
    let bytes = name.as_bytes();
    let value = |byte: Option<&u8>| u32::from(byte.copied().unwrap_or_default());
    let length = u32::try_from(bytes.len()).unwrap_or_default();
    (value(bytes.first()) ^ (value(bytes.last()) << 2) ^ (length << 3)) % 64
}

/// The member name of the map that represents a number when serde_json's feature `arbitrary_precision` is enabled.
const ARBITRARY_PRECISION_NAME: &str = "$serde_json::private::Number";

/// Whether serde_json's feature `arbitrary_precision` is enabled, which represents non-integers as maps.
///
/// Cargo unifies features, so another crate of the build can enable it. It must not change how `exp` is parsed. To test:
/// `cargo test --features serde_json/arbitrary_precision`.
static HAS_ARBITRARY_PRECISION: LazyLock<bool> = LazyLock::new(|| {
    struct DetectMap;
    impl<'de> Visitor<'de> for DetectMap {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number")
        }

        fn visit_f64<E: de::Error>(self, _: f64) -> Result<bool, E> {
            Ok(false)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
            while map
                .next_entry::<de::IgnoredAny, de::IgnoredAny>()?
                .is_some()
            {}
            Ok(true)
        }
    }
    serde_json::Deserializer::from_str("1.5")
        .deserialize_any(DetectMap)
        .unwrap_or(false)
});

/// The outermost object, whose members are kept.
struct ObjectSeed<'f> {
    error: &'f Cell<JsonError>,
}

impl<'de> DeserializeSeed<'de> for ObjectSeed<'_> {
    type Value = Object<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.error.set(JsonError::NotAnObject);
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ObjectSeed<'_> {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        self.error.set(JsonError::Syntax);
        read_members(map, 1, self.error, Vec::with_capacity(16)).map(|members| Object { members })
    }
}

/// A value inside the outermost object.
#[derive(Clone, Copy)]
struct ValueSeed<'f> {
    depth: usize,
    error: &'f Cell<JsonError>,
}

impl ValueSeed<'_> {
    fn nested<E: de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_JSON_DEPTH {
            self.error.set(JsonError::TooDeep);
            return Err(E::custom(JsonError::TooDeep.message()));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Value::Bool)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        if number.is_finite() {
            Ok(Value::Number(number))
        } else {
            Err(E::custom("number out of range"))
        }
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        self.visit_f64(to_f64(number))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        let size = to_f64(number.unsigned_abs());
        self.visit_f64(if number < 0 { -size } else { size })
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Value::String(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::String(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let seed = self.nested()?;
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(seed)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        if *HAS_ARBITRARY_PRECISION {
            return self.visit_map_or_number(map);
        }
        read_members(map, self.nested()?.depth, self.error, Vec::new()).map(|_| Value::Object)
    }
}

impl<'f> ValueSeed<'f> {
    /// With `arbitrary_precision`, a number is a map with one reserved member.
    fn visit_map_or_number<'de, A: MapAccess<'de>>(
        self,
        mut map: A,
    ) -> Result<Value<'de>, A::Error> {
        let Some(first) = map.next_key_seed(NameSeed)? else {
            self.nested()?;
            return Ok(Value::Object);
        };
        if first == ARBITRARY_PRECISION_NAME {
            return self.visit_f64(map.next_value_seed(NumberDigits)?);
        }
        let seed = self.nested()?;
        let value = map.next_value_seed(seed)?;
        read_members(map, seed.depth, self.error, vec![(first, value)]).map(|_| Value::Object)
    }
}

/// The digits of a number with `arbitrary_precision`. serde_json passes them as an owned string, and strings of the input
/// as borrowed ones, which distinguishes a number from an object with the reserved member name.
struct NumberDigits;

impl<'de> DeserializeSeed<'de> for NumberDigits {
    type Value = f64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<f64, D::Error> {
        deserializer.deserialize_string(self)
    }
}

impl Visitor<'_> for NumberDigits {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the digits of a number")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<f64, E> {
        Err(E::invalid_type(de::Unexpected::Str(text), &self))
    }

    fn visit_string<E: de::Error>(self, digits: String) -> Result<f64, E> {
        Ok(digits.parse().unwrap_or(f64::INFINITY))
    }
}

/// The nearest `f64`, without an `as` cast.
fn to_f64(number: u64) -> f64 {
    const HALF: f64 = 4_294_967_296.0;
    let low = u32::try_from(number & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    let high = u32::try_from(number >> 32).unwrap_or(u32::MAX);
    f64::from(high).mul_add(HALF, f64::from(low))
}

type Members<'de> = Vec<(Cow<'de, str>, Value<'de>)>;

fn read_members<'de, A: MapAccess<'de>>(
    mut map: A,
    depth: usize,
    error: &Cell<JsonError>,
    mut members: Members<'de>,
) -> Result<Members<'de>, A::Error> {
    while let Some(name) = map.next_key_seed(NameSeed)? {
        let value = map.next_value_seed(ValueSeed { depth, error })?;
        members.push((name, value));
    }
    if has_duplicates(members.iter().map(|(name, _)| name.as_ref())) {
        error.set(JsonError::Duplicate);
        return Err(de::Error::custom(JsonError::Duplicate.message()));
    }
    Ok(members)
}

/// An unescaped member name.
pub(crate) struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}
