//! Request ids: 16 hexadecimal digits that name an answer in the log.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderName, HeaderValue};
use bytes::Bytes;

pub(super) const NAME: HeaderName = HeaderName::from_static("x-request-id");

pub(super) struct RequestIds(AtomicU64);

impl RequestIds {
    pub(super) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    pub(super) fn next(&self) -> RequestId {
        // Odd increment, so the period is 2^64.
        let number = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mut digits = [b'0'; 16];
        for (digit, shift) in digits.iter_mut().rev().zip((0..).step_by(4)) {
            let value = (number >> shift & 0xf) as u8;
            *digit = value + if value < 10 { b'0' } else { b'a' - 10 };
        }
        RequestId(digits)
    }
}

#[derive(Clone, Copy)]
pub(super) struct RequestId([u8; 16]);

impl RequestId {
    pub(super) fn as_str(&self) -> &str {
        // Hexadecimal digits are UTF-8.
        str::from_utf8(&self.0).unwrap_or_default()
    }

    pub(super) fn header_value(self) -> HeaderValue {
        HeaderValue::from_maybe_shared(Bytes::copy_from_slice(&self.0))
            .unwrap_or(HeaderValue::from_static(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_its_number_in_hexadecimal() {
        let ids = RequestIds::new(0x0123_4567_89ab_cdef);
        assert_eq!(ids.next().as_str(), "0123456789abcdef");
        let second = ids.next();
        assert_eq!(second.as_str(), "9f5abf2108f64a04");
        assert_eq!(second.header_value(), second.as_str());
    }
}
