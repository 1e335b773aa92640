//! Enums from the wire: the values the page knows by name, every other one kept as it came.

/// Declares an enum whose values are texts on the wire, with a last variant for texts nobody has heard of yet.
///
/// A vendor that adds a status must not break a client that was built before.
macro_rules! open_enum {
    ($(#[$attribute:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A value the page does not name.
            Other(String),
        }

        impl $name {
            /// The value as it stands on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text: String = serde::Deserialize::deserialize(deserializer)?;
                Ok(Self::from(text))
            }
        }
    };
}

pub(crate) use open_enum;

#[cfg(test)]
#[allow(unreachable_pub)]
mod tests {
    open_enum! {
        /// A signal.
        pub enum Signal {
            /// Stop.
            Red = "red",
            /// Go.
            Green = "green light",
        }
    }

    #[test]
    fn a_known_value_has_a_name() {
        assert_eq!(serde_json::from_str::<Signal>(r#""green light""#).ok(), Some(Signal::Green));
        assert_eq!(Signal::Red.to_string(), "red");
    }

    #[test]
    fn an_unheard_of_value_survives_the_way_through() {
        let signal: Signal = serde_json::from_str(r#""amber""#).expect("any text is a value");
        assert_eq!(signal, Signal::Other("amber".into()));
        assert_eq!(serde_json::to_string(&signal).expect("a text"), r#""amber""#);
    }
}
