//! From a kind, or a value of any kind, to the code that is generic over the entity.

use taskward_domain::{AnyWrite, Kind, RecordWrite, with_kinds};

use crate::Columns;

/// Code for a kind that is known at run time.
pub trait ForKind {
    type Output;

    fn run<B: Columns>(self) -> Self::Output;
}

/// Code for a write of any kind.
pub trait ForWrite<'a> {
    type Output;

    fn run<B: Columns>(self, write: &'a RecordWrite<B>) -> Self::Output;
}

macro_rules! define_dispatch {
    ($($kind:ident $name:ident: $body:ty = $number:literal;)+) => {
        /// One value for each kind.
        #[derive(Debug, Clone)]
        pub struct PerKind<T> {
            $($name: T),+
        }

        impl<T> PerKind<T> {
            pub fn new(mut make: impl FnMut(Kind) -> T) -> Self {
                Self { $($name: make(Kind::$kind)),+ }
            }

            pub fn of(&self, kind: Kind) -> &T {
                match kind {
                    $(Kind::$kind => &self.$name),+
                }
            }

            /// Takes one value for each kind, in the order of [`Kind::ALL`]; `None` if there are fewer.
            pub fn from_values(values: impl IntoIterator<Item = T>) -> Option<Self> {
                let mut values = values.into_iter();
                Some(Self { $($name: values.next()?),+ })
            }
        }

        pub fn for_kind<F: ForKind>(kind: Kind, code: F) -> F::Output {
            match kind {
                $(Kind::$kind => code.run::<$body>()),+
            }
        }

        pub fn for_write<'a, F: ForWrite<'a>>(write: &'a AnyWrite, code: F) -> F::Output {
            match write {
                $(AnyWrite::$kind(write) => code.run(write)),+
            }
        }
    };
}

with_kinds!(define_dispatch);
