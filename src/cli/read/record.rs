//! What a line of the log can be.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// One finding, field by field as [`wire`](crate::wire) writes it. A field that is missing has its empty value; one that
/// a newer library adds within the same version is passed over.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(bound(deserialize = "S: Default + Deserialize<'de>"))]
pub struct Finding<S = String> {
    #[serde(default)]
    pub v: u32,
    #[serde(default)]
    pub kind: S,
    #[serde(default)]
    pub time_ns: u64,
    pub pid: u32,
    #[serde(default)]
    pub ppid: u32,
    #[serde(default)]
    pub tid: u32,
    #[serde(default)]
    pub comm: S,
    pub slug: S,
    #[serde(default)]
    pub action: S,
    pub outcome: S,
    #[serde(default)]
    pub call: S,
    #[serde(default)]
    pub fd: i32,
    #[serde(default)]
    pub owner: u32,
    #[serde(default)]
    pub registrations: u32,
    #[serde(default)]
    pub lost: u32,
    #[serde(default)]
    pub errno: i32,
    #[serde(default)]
    pub made_at: S,
    #[serde(default)]
    pub forked_at: S,
    #[serde(default)]
    pub lock: S,
    #[serde(default)]
    pub holder: u32,
    #[serde(default)]
    pub holder_name: S,
    #[serde(default)]
    pub holder_at: S,
    #[serde(default)]
    pub waited_us: u64,
    #[serde(default)]
    pub held_back: u64,
    #[serde(default)]
    pub made_stack: u32,
    #[serde(default)]
    pub forked_stack: u32,
    #[serde(default)]
    pub used_stack: u32,
    #[serde(default)]
    pub holder_stack: u32,
    #[serde(default)]
    pub suppressed: S,
    #[serde(default)]
    pub text: S,
}

/// A stack, as `docs/log.md` has it; findings of the same process refer to its number.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(bound(deserialize = "S: Default + Deserialize<'de>"))]
pub struct Stack<S = String> {
    #[serde(default)]
    pub time_ns: u64,
    pub pid: u32,
    #[serde(default)]
    pub tid: u32,
    pub id: u32,
    /// Name, path, build id.
    #[serde(default = "Vec::new")]
    pub modules: Vec<(S, S, S)>,
    /// Place in `modules`, and offset.
    #[serde(default)]
    pub frames: Vec<(i32, u64)>,
    /// File, line, function.
    #[serde(default = "Vec::new")]
    pub python: Vec<(S, u32, S)>,
    #[serde(default)]
    pub no_python: S,
}

/// Something that happened to a process: one of the kinds of `docs/log.md`, Processes. A field that its kind has not
/// is empty.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(bound(deserialize = "S: Default + Deserialize<'de>"), default)]
pub struct Life<S = String> {
    pub kind: S,
    pub time_ns: u64,
    pub pid: u32,
    pub ppid: u32,
    pub tid: u32,
    pub comm: S,
    pub exe: S,
    #[serde(default = "Vec::new")]
    pub argv: Vec<S>,
    pub mode: S,
    pub version: S,
    pub call: S,
    pub child: u32,
    pub status: i32,
    pub bytes: u64,
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq)]
pub enum Record<S = String> {
    Finding(Box<Finding<S>>),
    Stack(Stack<S>),
    Life(Life<S>),
}

/// A text that stays in the line where that is possible: what is thrown away at once need not be copied.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Text<'a>(Cow<'a, str>);

impl fmt::Debug for Text<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, out)
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<Text<'_>> for String {
    fn from(text: Text<'_>) -> Self {
        text.0.into_owned()
    }
}

impl Serialize for Text<'_> {
    fn serialize<O: Serializer>(&self, out: O) -> Result<O::Ok, O::Error> {
        out.serialize_str(self)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Text<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        from.deserialize_str(Visitor)
    }
}

impl<S: Into<String>> Finding<S> {
    /// The same, to be kept.
    pub fn owned(self) -> Finding {
        Finding {
            v: self.v,
            kind: self.kind.into(),
            time_ns: self.time_ns,
            pid: self.pid,
            ppid: self.ppid,
            tid: self.tid,
            comm: self.comm.into(),
            slug: self.slug.into(),
            action: self.action.into(),
            outcome: self.outcome.into(),
            call: self.call.into(),
            fd: self.fd,
            owner: self.owner,
            registrations: self.registrations,
            lost: self.lost,
            errno: self.errno,
            made_at: self.made_at.into(),
            forked_at: self.forked_at.into(),
            lock: self.lock.into(),
            holder: self.holder,
            holder_name: self.holder_name.into(),
            holder_at: self.holder_at.into(),
            waited_us: self.waited_us,
            held_back: self.held_back,
            made_stack: self.made_stack,
            forked_stack: self.forked_stack,
            used_stack: self.used_stack,
            holder_stack: self.holder_stack,
            suppressed: self.suppressed.into(),
            text: self.text.into(),
        }
    }
}

impl Finding {
    /// What it takes in memory, in bytes.
    pub fn size(&self) -> usize {
        let texts = [
            &self.kind,
            &self.comm,
            &self.slug,
            &self.action,
            &self.outcome,
            &self.call,
            &self.made_at,
            &self.forked_at,
            &self.lock,
            &self.holder_name,
            &self.holder_at,
            &self.suppressed,
            &self.text,
        ];
        size_of::<Self>() + texts.iter().map(|text| text.len()).sum::<usize>()
    }
}
