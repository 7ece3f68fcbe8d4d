//! Strict JSON objects: the reading that RFC 7519 means and that libraries relax.
//!
//! Lives here: a reader for one object that refuses what two parsers could read differently (duplicate members after
//! unescaping at every depth, numbers that overflow, text after the value, deep nesting). Does not live here: what
//! any member means. Invariant: an [`Object`] never has two members of one name, nor does any object within it.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::sync::LazyLock;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::limits::JSON_DEPTH;

/// Why a text is not a JSON object we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonFault {
    /// Not JSON, not UTF-8, not one value, or a number no double can hold.
    Syntax,
    /// Valid JSON, but no object.
    NotAnObject,
    /// One name twice in one object.
    Duplicate,
    /// Nested deeper than the limit.
    TooDeep,
}

impl JsonFault {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Syntax => "is not valid JSON",
            Self::NotAnObject => "is not a JSON object",
            Self::Duplicate => "has a member twice",
            Self::TooDeep => "is nested too deeply",
        }
    }
}

/// A JSON value; text without escapes is borrowed from the input.
#[derive(Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool,
    Number(f64),
    String(Cow<'a, str>),
    Array(Vec<Value<'a>>),
    Object,
}

/// A JSON object without duplicate names.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Object<'a> {
    members: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> Object<'a> {
    /// Reads exactly one object from `text`.
    pub(crate) fn parse(text: &'a str) -> Result<Self, JsonFault> {
        let fault = Cell::new(JsonFault::Syntax);
        let mut reader = serde_json::Deserializer::from_str(text);
        let object = ObjectSeed { fault: &fault }
            .deserialize(&mut reader)
            .map_err(|_| fault.get())?;
        reader.end().map_err(|_| JsonFault::Syntax)?;
        Ok(object)
    }

    /// The same for bytes that have yet to prove to be UTF-8.
    pub(crate) fn parse_bytes(bytes: &'a [u8]) -> Result<Self, JsonFault> {
        Self::parse(std::str::from_utf8(bytes).map_err(|_| JsonFault::Syntax)?)
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

    /// The member as text; a member of another type is an error, a missing one is not.
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

/// A member is there but is not what it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WrongType;

/// Up to here an object is scanned; beyond, its names are sorted, so that 8 KiB of members stay cheap.
const FEW: usize = 64;

fn has_duplicates<'m>(names: impl ExactSizeIterator<Item = &'m str> + Clone) -> bool {
    if names.len() > FEW {
        let mut sorted: Vec<&str> = names.collect();
        sorted.sort_unstable();
        return !sorted.is_sorted_by(|a, b| a < b);
    }
    // One bit for each kind of name: only a name whose kind came before can have come before.
    let mut kinds = 0_u64;
    names.clone().enumerate().any(|(place, name)| {
        let kind = 1_u64 << kind_of(name);
        let perhaps = kinds & kind != 0;
        kinds |= kind;
        perhaps && names.clone().take(place).any(|earlier| earlier == name)
    })
}

/// From 0 to 63, equal for equal names.
fn kind_of(name: &str) -> u32 {
    let bytes = name.as_bytes();
    let of = |byte: Option<&u8>| u32::from(byte.copied().unwrap_or_default());
    let length = u32::try_from(bytes.len()).unwrap_or_default();
    (of(bytes.first()) ^ (of(bytes.last()) << 2) ^ (length << 3)) % 64
}

/// The name under which serde_json hands out numbers once any crate of the build turns on its `arbitrary_precision`.
const PRECISE_NUMBER: &str = "$serde_json::private::Number";

/// Whether it does; whole numbers come as ever, others then do not. Features are unified over a whole build, so somebody
/// else's choice must not change how `exp` reads. To see that it does not:
/// `cargo test --features serde_json/arbitrary_precision`.
static PRECISE_NUMBERS: LazyLock<bool> = LazyLock::new(|| {
    struct SeesMap;
    impl<'de> Visitor<'de> for SeesMap {
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
        .deserialize_any(SeesMap)
        .unwrap_or(false)
});

/// The outermost object; its members are kept.
struct ObjectSeed<'f> {
    fault: &'f Cell<JsonFault>,
}

impl<'de> DeserializeSeed<'de> for ObjectSeed<'_> {
    type Value = Object<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.fault.set(JsonFault::NotAnObject);
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ObjectSeed<'_> {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        self.fault.set(JsonFault::Syntax);
        read_members(map, 1, self.fault, Vec::with_capacity(16)).map(|members| Object { members })
    }
}

/// Any value within, at a known depth.
#[derive(Clone, Copy)]
struct ValueSeed<'f> {
    depth: usize,
    fault: &'f Cell<JsonFault>,
}

impl ValueSeed<'_> {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth >= JSON_DEPTH {
            self.fault.set(JsonFault::TooDeep);
            return Err(E::custom(JsonFault::TooDeep.text()));
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
        self.visit_f64(to_double(number))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        let size = to_double(number.unsigned_abs());
        self.visit_f64(if number < 0 { -size } else { size })
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Value::String(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::String(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let within = self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(within)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        if *PRECISE_NUMBERS {
            return self.visit_map_or_number(map);
        }
        read_members(map, self.deeper()?.depth, self.fault, Vec::new()).map(|_| Value::Object)
    }
}

impl<'f> ValueSeed<'f> {
    /// Only in builds with `arbitrary_precision`, where a number arrives as an object with one reserved member.
    fn visit_map_or_number<'de, A: MapAccess<'de>>(
        self,
        mut map: A,
    ) -> Result<Value<'de>, A::Error> {
        let Some(first) = map.next_key_seed(NameSeed)? else {
            self.deeper()?;
            return Ok(Value::Object);
        };
        if first == PRECISE_NUMBER {
            return self.visit_f64(map.next_value_seed(Digits)?);
        }
        let within = self.deeper()?;
        let value = map.next_value_seed(within)?;
        read_members(map, within.depth, self.fault, vec![(first, value)]).map(|_| Value::Object)
    }
}

/// A number's digits. serde_json hands its own over as owned text and a token's as borrowed, so that an object which
/// uses the reserved name is not taken for a number.
struct Digits;

impl<'de> DeserializeSeed<'de> for Digits {
    type Value = f64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<f64, D::Error> {
        deserializer.deserialize_string(self)
    }
}

impl Visitor<'_> for Digits {
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

/// The nearest double, written without a cast that could be read as truncation.
fn to_double(number: u64) -> f64 {
    const HALF: f64 = 4_294_967_296.0;
    let low = u32::try_from(number & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    let high = u32::try_from(number >> 32).unwrap_or(u32::MAX);
    f64::from(high).mul_add(HALF, f64::from(low))
}

type Members<'de> = Vec<(Cow<'de, str>, Value<'de>)>;

fn read_members<'de, A: MapAccess<'de>>(
    mut map: A,
    depth: usize,
    fault: &Cell<JsonFault>,
    mut members: Members<'de>,
) -> Result<Members<'de>, A::Error> {
    while let Some(name) = map.next_key_seed(NameSeed)? {
        let value = map.next_value_seed(ValueSeed { depth, fault })?;
        members.push((name, value));
    }
    if has_duplicates(members.iter().map(|(name, _)| name.as_ref())) {
        fault.set(JsonFault::Duplicate);
        return Err(de::Error::custom(JsonFault::Duplicate.text()));
    }
    Ok(members)
}

/// A member's name after unescaping.
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
