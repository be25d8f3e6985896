//! The stacks of a log while it is read: each content once, and not more of them than there is room for.

use super::Kept;
use crate::cli::read;
use crate::cli::stack::Stack;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};

/// Names and bytes of contents that one generation holds.
const NAMES_MAX: usize = 100_000;
const CONTENTS_MAX: usize = 12 << 20;

/// Stacks by who refers to them, and by what is in them.
#[derive(Debug, Default)]
pub struct Depot {
    /// Secret to this run, so that no log can make two contents one; by chance two of a million are, once in 10^7 logs.
    key: RandomState,
    names: Generations<(u64, u32), u64>,
    contents: Generations<u64, Box<str>>,
    dropped: u64,
}

/// What is kept of a content: JSON, because it takes a tenth of the memory, and few are opened.
#[derive(Serialize, Deserialize)]
struct Content<M, F, P, S>(M, F, P, S);

type Read = Content<Vec<(String, String, String)>, Vec<(i32, u64)>, Vec<(String, u32, String)>, String>;

impl Depot {
    /// Remembers `stack` under its number in the process `owner`.
    pub fn put<S: Kept>(&mut self, owner: u64, stack: &read::Stack<S>) {
        // 0 is no stack.
        let content = self.key.hash_one(Hashed { stack }).max(1);
        self.dropped += self.names.put((owner, stack.id), content, 1, NAMES_MAX);
        if self.contents.get(&content).is_none() {
            let kept = Content(&stack.modules, &stack.frames, &stack.python, &*stack.no_python);
            // Only a map with keys that are no strings can fail, and a stack has none.
            let text = serde_json::to_string(&kept).unwrap_or_default();
            let size = text.len() + 64;
            self.dropped += self.contents.put(content, text.into(), size, CONTENTS_MAX);
        }
    }

    /// The content of the stack `id` of the process `owner`.
    pub fn find(&mut self, owner: u64, id: u32) -> Option<u64> {
        self.names.get(&(owner, id)).copied()
    }

    /// A content made readable, and about what that takes, in bytes.
    pub fn open(&mut self, content: u64) -> Option<(Stack, usize)> {
        let text = self.contents.get(&content)?;
        let Content(modules, frames, python, no_python): Read = serde_json::from_str(text).ok()?;
        let size = text.len() + 300 * frames.len() + 100 * python.len();
        let read = read::Stack { modules, frames, python, no_python, ..read::Stack::default() };
        Some((read.into(), size))
    }

    /// How many were forgotten for want of room.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

struct Hashed<'a, S> {
    stack: &'a read::Stack<S>,
}

impl<S: Hash> Hash for Hashed<'_, S> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let stack = self.stack;
        (&stack.modules, &stack.frames, &stack.python, &stack.no_python).hash(state);
    }
}

/// A map that forgets what was not asked after for long: when the young are full, they become the old ones, and
/// the old ones go. What is found among the old is young again.
#[derive(Debug)]
struct Generations<K, V> {
    young: HashMap<K, (V, usize)>,
    old: HashMap<K, (V, usize)>,
    weight: usize,
}

impl<K, V> Default for Generations<K, V> {
    fn default() -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), weight: 0 }
    }
}

impl<K: Copy + Eq + Hash, V> Generations<K, V> {
    /// How many were forgotten for it.
    fn put(&mut self, key: K, value: V, weight: usize, most: usize) -> u64 {
        let mut dropped = 0;
        if self.weight + weight > most {
            dropped = self.old.len() as u64;
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
        self.old.remove(&key);
        self.weight += weight;
        if let Some((_, before)) = self.young.insert(key, (value, weight)) {
            self.weight -= before;
        }
        dropped
    }

    fn get(&mut self, key: &K) -> Option<&V> {
        if let Some((value, weight)) = self.old.remove(key) {
            self.weight += weight;
            self.young.insert(*key, (value, weight));
        }
        self.young.get(key).map(|(value, _)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(id: u32, offset: u64) -> read::Stack {
        let modules = vec![("app".to_owned(), "/srv/app".to_owned(), "00ff".to_owned())];
        read::Stack { id, modules, frames: vec![(0, offset)], ..read::Stack::default() }
    }

    #[test]
    fn equal_stacks_are_one_and_come_back_whole() {
        let mut depot = Depot::default();
        depot.put(1, &stack(7, 16));
        depot.put(2, &stack(9, 16));
        depot.put(2, &stack(10, 17));
        let one = depot.find(1, 7).unwrap();
        assert_eq!(depot.find(2, 9), Some(one));
        assert_ne!(depot.find(2, 10), Some(one));
        assert_eq!(depot.find(2, 7), None);
        assert_eq!(depot.open(one).unwrap().0, Stack::from(stack(7, 16)));
        assert_eq!(depot.dropped(), 0);
    }

    #[test]
    fn what_is_asked_after_outlives_what_is_not() {
        let mut depot = Depot::default();
        depot.put(0, &stack(1, 1));
        let kept = depot.find(0, 1).unwrap();
        let most = u32::try_from(NAMES_MAX).unwrap() * 3;
        for id in 2..most {
            depot.put(0, &stack(id, id.into()));
            assert_eq!(depot.find(0, 1), Some(kept));
            assert!(depot.open(kept).is_some());
        }
        assert_eq!(depot.find(0, 2), None);
        assert!(depot.dropped() > 0);
        assert!(depot.names.young.len() + depot.names.old.len() <= 2 * NAMES_MAX);
    }
}
