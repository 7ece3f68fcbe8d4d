//! The colors of lists, labels and filters: words that the web app maps to its themes.

macro_rules! colors {
    ($($name:ident $word:literal),+ $(,)?) => {
        /// A color by its name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Color {
            $($name),+
        }

        impl Color {
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$name),)+
                    _ => None,
                }
            }

            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word),+
                }
            }
        }
    };
}

colors!(
    Red "red",
    Orange "orange",
    Amber "amber",
    Yellow "yellow",
    Lime "lime",
    Green "green",
    Teal "teal",
    Cyan "cyan",
    Blue "blue",
    Indigo "indigo",
    Violet "violet",
    Pink "pink",
    Gray "gray",
);
