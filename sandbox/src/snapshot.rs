//! A chain serialised to bytes.
//!
//! ```text
//! 0   "INKBPFCH"                       8 bytes
//! 8   version of this format (1)       u32, little-endian
//! 12  length of the payload            u64, little-endian
//! 20  Blake2-256 of the payload        32 bytes
//! 52  payload: SCALE of [`Payload`]
//! ```
//!
//! The payload holds keys and values, not trie nodes: reading it rebuilds the tries, and their root must match the one
//! in the newest header. So a file that was truncated, altered or written by something else is never mistaken for a
//! chain, and the same chain always gives the same bytes.

use crate::{Clock, Host, Sandbox, State, STATE_VERSION};
use codec::{Decode, DecodeAll, Encode};
use inkbpf_runtime::{Hash, Header, VERSION};
use polkadot_sdk::{
    sp_runtime::traits::{BlakeTwo256, Hash as _},
    sp_state_machine::{backend::IterArgs, Backend},
    sp_storage::{well_known_keys, ChildInfo, ChildType, PrefixedStorageKey},
};

/// The first bytes of every snapshot.
pub const MAGIC: &[u8; 8] = b"INKBPFCH";
/// Version of the format.
pub const FORMAT_VERSION: u32 = 1;

const HEADER_LEN: usize = 52;

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// The payload.
#[derive(Encode, Decode)]
struct Payload {
    spec_name: String,
    spec_version: u32,
    genesis: Hash,
    head: Header,
    /// Keys and values of the main trie, without the roots of the child tries.
    top: Pairs,
    /// The child tries by their key, without the common prefix.
    children: Vec<(Vec<u8>, Pairs)>,
}

/// Why bytes are not a chain that this program can continue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SnapshotError {
    /// They do not begin with [`MAGIC`].
    Foreign,
    /// The format has another version.
    UnknownVersion {
        /// The version.
        version: u32,
    },
    /// Bytes are missing.
    Truncated {
        /// How many there are.
        have: u64,
        /// How many there should be.
        want: u64,
    },
    /// There are bytes after the end.
    TrailingBytes {
        /// How many.
        count: u64,
    },
    /// The checksum does not match the payload.
    Corrupt,
    /// The checksum matches, but the payload does not decode, or its root is not that of its header.
    Inconsistent,
    /// The chain was made by another runtime, whose storage may have another meaning.
    OtherRuntime {
        /// Name and version of that runtime.
        found: String,
    },
}

impl std::fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Foreign => f.write_str("this is not the file of an embedded chain"),
            Self::UnknownVersion { version } => write!(
                f,
                "the file has format version {version}, but this program reads version {FORMAT_VERSION}: it was written by another release"
            ),
            Self::Truncated { have, want } => {
                write!(f, "the file was cut off: it has {have} of {want} bytes")
            }
            Self::TrailingBytes { count } => {
                write!(f, "there are {count} bytes after the end of the chain")
            }
            Self::Corrupt => f.write_str("the file was altered or damaged: its checksum does not match"),
            Self::Inconsistent => {
                f.write_str("the file's checksum matches, but its contents are inconsistent")
            }
            Self::OtherRuntime { found } => write!(
                f,
                "the chain was made by the runtime {found}, but this program has {}-{}",
                VERSION.spec_name, VERSION.spec_version
            ),
        }
    }
}

impl std::error::Error for SnapshotError {}

impl Sandbox {
    /// The whole chain as bytes.
    pub fn to_snapshot(&self) -> Vec<u8> {
        let mut top = Vec::new();
        let mut children = Vec::new();
        for (key, value) in pairs(&self.state, None) {
            match child_of(&key) {
                Some(child) => {
                    let pairs = pairs(&self.state, Some(child.clone()));
                    children.push((child.storage_key().to_vec(), pairs));
                }
                None => top.push((key, value)),
            }
        }
        let payload = Payload {
            spec_name: VERSION.spec_name.to_string(),
            spec_version: VERSION.spec_version,
            genesis: self.genesis,
            head: self.head.clone(),
            top,
            children,
        }
        .encode();
        let mut bytes = Vec::with_capacity(HEADER_LEN + payload.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes.extend_from_slice(&(payload.len() as u64).to_le_bytes());
        bytes.extend_from_slice(BlakeTwo256::hash(&payload).as_bytes());
        bytes.extend_from_slice(&payload);
        bytes
    }

    /// Reads the chain that [`Sandbox::to_snapshot`] wrote. Its clock is the default one.
    ///
    /// # Errors
    /// Any other bytes, with an error for what is wrong with them.
    pub fn from_snapshot(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let payload = check(bytes)?;
        let payload = Payload::decode_all(&mut &payload[..]).map_err(|_| SnapshotError::Inconsistent)?;
        if (payload.spec_name.as_str(), payload.spec_version) != (&*VERSION.spec_name, VERSION.spec_version) {
            let found = format!("{}-{}", payload.spec_name, payload.spec_version);
            return Err(SnapshotError::OtherRuntime { found });
        }
        let some = |pairs: Pairs| pairs.into_iter().map(|(key, value)| (key, Some(value))).collect();
        let mut changes = vec![(None, some(payload.top))];
        for (key, pairs) in payload.children {
            changes.push((Some(ChildInfo::new_default_from_vec(key)), some(pairs)));
        }
        let mut state = State::default();
        state.insert(changes, STATE_VERSION);
        if *state.root() != payload.head.state_root {
            return Err(SnapshotError::Inconsistent);
        }
        Ok(Self {
            state,
            head: payload.head,
            genesis: payload.genesis,
            clock: Clock::default(),
            host: Host::default(),
        })
    }
}

/// The payload, if the header and the checksum are right.
fn check(bytes: &[u8]) -> Result<&[u8], SnapshotError> {
    if !bytes.starts_with(&MAGIC[..MAGIC.len().min(bytes.len())]) {
        return Err(SnapshotError::Foreign);
    }
    let have = bytes.len() as u64;
    let cut = SnapshotError::Truncated { have, want: HEADER_LEN as u64 };
    let (header, payload) = bytes.split_at_checked(HEADER_LEN).ok_or(cut)?;
    let version = u32::from_le_bytes(header[8..12].try_into().expect("four bytes; qed"));
    if version != FORMAT_VERSION {
        return Err(SnapshotError::UnknownVersion { version });
    }
    let len = u64::from_le_bytes(header[12..20].try_into().expect("eight bytes; qed"));
    match (payload.len() as u64).cmp(&len) {
        std::cmp::Ordering::Less => {
            Err(SnapshotError::Truncated { have, want: len.saturating_add(HEADER_LEN as u64) })
        }
        std::cmp::Ordering::Greater => {
            Err(SnapshotError::TrailingBytes { count: payload.len() as u64 - len })
        }
        std::cmp::Ordering::Equal if BlakeTwo256::hash(payload).as_bytes() != &header[20..] => {
            Err(SnapshotError::Corrupt)
        }
        std::cmp::Ordering::Equal => Ok(payload),
    }
}

fn pairs(state: &State, child_info: Option<ChildInfo>) -> Pairs {
    let mut args = IterArgs::default();
    args.child_info = child_info;
    state
        .pairs(args)
        .expect("the memory holds every node of the trie; qed")
        .map(|pair| pair.expect("the memory holds every node of the trie; qed"))
        .collect()
}

/// The child trie whose root is stored under this key.
fn child_of(key: &[u8]) -> Option<ChildInfo> {
    if !well_known_keys::is_child_storage_key(key) {
        return None;
    }
    let key = PrefixedStorageKey::new(key.to_vec());
    match ChildType::from_prefixed_key(&key)? {
        (ChildType::ParentKeyId, key) => Some(ChildInfo::new_default(key)),
    }
}
