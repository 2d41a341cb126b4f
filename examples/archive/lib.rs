//! Documents, their revisions and their readers: every kind of storage at once.
//!
//! | Field | Kind | Why |
//! | --- | --- | --- |
//! | `keeper`, `documents_kept` | packed in the root | small, wanted by most messages |
//! | `documents`, `revisions`, `readers` | [`Mapping`](ink::storage::Mapping) | looked up by key |
//! | `policy` | [`Lazy`](ink::storage::Lazy) under a key of its own | rarely wanted, changes by itself |
//! | `journal` | [`StorageVec`](ink::storage::StorageVec) | grows at its end, read by index |
//!
//! The chain takes a deposit for every byte and every entry, and pays it back when they go: so
//! removing a document removes all that was kept with it.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

#[ink::contract]
mod archive {
    use ink::{
        prelude::{string::String, vec::Vec},
        storage::{traits::ManualKey, Lazy, Mapping, StorageVec},
    };

    /// Hash of a document's name.
    pub type DocumentId = Hash;

    /// What a revision holds.
    pub type Content = Vec<u8>;

    /// What messages return that can fail.
    pub type Result<T> = core::result::Result<T, Error>;

    /// What is known of a document besides its content.
    #[derive(Clone, Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    #[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
    pub struct Document {
        /// Its name.
        pub name: String,
        /// Who put it here.
        pub author: AccountId,
        /// How many revisions there are, the first being 0.
        pub revisions: u32,
        /// Who may read it.
        pub visibility: Visibility,
    }

    /// Who may read a document.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    #[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
    pub enum Visibility {
        /// Everyone.
        #[default]
        Public,
        /// The author, and whom the author has named since.
        Named {
            /// How many are named.
            readers: u32,
        },
        /// Everyone from a block on; the author before.
        From(BlockNumber),
    }

    /// How much the archive takes.
    #[derive(Clone, Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    #[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
    pub struct Policy {
        /// Most bytes in one revision.
        pub max_len: u32,
        /// Most revisions of one document.
        pub max_revisions: u32,
        /// Accounts that may put nothing here.
        pub banned: Vec<AccountId>,
    }

    impl Default for Policy {
        fn default() -> Self {
            Self { max_len: 8 * 1024, max_revisions: 100, banned: Vec::new() }
        }
    }

    /// A line of the journal.
    #[derive(Clone, Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    #[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
    pub struct Entry {
        /// When.
        pub block: BlockNumber,
        /// Who.
        pub account: AccountId,
        /// What.
        pub action: Action,
    }

    /// What was done to a document.
    #[derive(Clone, Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    #[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
    pub enum Action {
        /// A revision was put here.
        Put(DocumentId, u32),
        /// It got another name.
        Renamed {
            /// Under which it was known.
            from: DocumentId,
            /// Under which it is known.
            to: DocumentId,
        },
        /// It was removed.
        Removed(DocumentId),
    }

    /// The archive.
    #[ink(storage)]
    pub struct Archive {
        keeper: AccountId,
        documents_kept: u32,
        documents: Mapping<DocumentId, Document>,
        /// By document and number.
        revisions: Mapping<(DocumentId, u32), Content>,
        /// By document and place in the list of readers.
        readers: Mapping<(DocumentId, u32), AccountId>,
        journal: StorageVec<Entry>,
        policy: Lazy<Policy, ManualKey<0x504F_4C49>>,
    }

    /// A revision was put here.
    #[ink(event)]
    pub struct Put {
        #[ink(topic)]
        id: DocumentId,
        #[ink(topic)]
        author: AccountId,
        revision: u32,
        len: u32,
    }

    /// A document was removed.
    #[ink(event)]
    pub struct Removed {
        #[ink(topic)]
        id: DocumentId,
    }

    /// Why nothing was done.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub enum Error {
        /// Only the keeper may.
        NotKeeper,
        /// Only the author may.
        NotAuthor,
        /// The caller may put nothing here.
        Banned,
        /// There is no such document or revision.
        NotFound,
        /// The caller may not read it.
        NotReadable,
        /// There is a document of that name.
        NameTaken,
        /// The policy allows no content this long.
        TooLong {
            /// What it allows, in bytes.
            max_len: u32,
        },
        /// The policy allows no more revisions.
        TooManyRevisions,
    }

    impl Archive {
        /// An empty archive with the default policy, kept by the caller.
        #[ink(constructor)]
        pub fn new() -> Self {
            Self {
                keeper: Self::env().caller(),
                documents_kept: 0,
                documents: Mapping::new(),
                revisions: Mapping::new(),
                readers: Mapping::new(),
                journal: StorageVec::new(),
                policy: Lazy::new(),
            }
        }

        /// The name under which messages know a document.
        #[ink(message)]
        pub fn id_of(&self, name: String) -> DocumentId {
            self.env().hash_bytes::<ink::env::hash::Blake2x256>(name.as_bytes()).into()
        }

        /// How many documents there are.
        #[ink(message)]
        pub fn len(&self) -> u32 {
            self.documents_kept
        }

        /// Whether there are none.
        #[ink(message)]
        pub fn is_empty(&self) -> bool {
            self.documents_kept == 0
        }

        /// How much the archive takes.
        #[ink(message)]
        pub fn policy(&self) -> Policy {
            self.policy.get_or_default()
        }

        /// Sets how much the archive takes from now on.
        ///
        /// # Errors
        /// [`Error::NotKeeper`].
        #[ink(message)]
        pub fn set_policy(&mut self, policy: Policy) -> Result<()> {
            if self.env().caller() != self.keeper {
                return Err(Error::NotKeeper);
            }
            self.policy.set(&policy);
            Ok(())
        }

        /// Puts a revision of the document `name` here, and returns its number.
        ///
        /// # Errors
        /// [`Error::Banned`], [`Error::TooLong`], [`Error::NotAuthor`] when somebody else put the first
        /// one here, [`Error::TooManyRevisions`].
        #[ink(message)]
        pub fn put(&mut self, name: String, content: Vec<u8>) -> Result<u32> {
            let author = self.env().caller();
            let policy = self.policy();
            if policy.banned.contains(&author) {
                return Err(Error::Banned);
            }
            if content.len() > policy.max_len as usize {
                return Err(Error::TooLong { max_len: policy.max_len });
            }
            let id = self.id_of(name.clone());
            let mut document = match self.documents.get(id) {
                Some(document) if document.author != author => return Err(Error::NotAuthor),
                Some(document) => document,
                None => {
                    self.documents_kept =
                        self.documents_kept.checked_add(1).expect("deposits run out before numbers do; qed");
                    Document { name, author, revisions: 0, visibility: Visibility::default() }
                }
            };
            let revision = document.revisions;
            if revision >= policy.max_revisions {
                return Err(Error::TooManyRevisions);
            }
            document.revisions = revision.checked_add(1).expect("it is less than the policy's limit; qed");
            self.documents.insert(id, &document);
            self.revisions.insert((id, revision), &content);
            self.record(Action::Put(id, revision));
            self.env().emit_event(Put { id, author, revision, len: content.len() as u32 });
            Ok(revision)
        }

        /// What is known of a document besides its content.
        #[ink(message)]
        pub fn document(&self, id: DocumentId) -> Option<Document> {
            self.documents.get(id)
        }

        /// The content of one revision.
        ///
        /// # Errors
        /// [`Error::NotFound`], [`Error::NotReadable`].
        #[ink(message)]
        pub fn read(&self, id: DocumentId, revision: u32) -> Result<Vec<u8>> {
            let document = self.documents.get(id).ok_or(Error::NotFound)?;
            let caller = self.env().caller();
            let readable = caller == document.author
                || match document.visibility {
                    Visibility::Public => true,
                    Visibility::Named { readers } => {
                        (0..readers).any(|place| self.readers.get((id, place)) == Some(caller))
                    }
                    Visibility::From(block) => self.env().block_number() >= block,
                };
            if !readable {
                return Err(Error::NotReadable);
            }
            self.revisions.get((id, revision)).ok_or(Error::NotFound)
        }

        /// How many bytes a revision takes in storage, without reading it.
        #[ink(message)]
        pub fn stored_size(&self, id: DocumentId, revision: u32) -> Option<u32> {
            self.revisions.size((id, revision))
        }

        /// Lets only the author and `readers` read a document from now on.
        ///
        /// # Errors
        /// [`Error::NotFound`], [`Error::NotAuthor`].
        #[ink(message)]
        pub fn restrict(&mut self, id: DocumentId, readers: Vec<AccountId>) -> Result<()> {
            let mut document = self.own(id)?;
            self.forget_readers(id, &document.visibility);
            for (place, reader) in (0..).zip(&readers) {
                self.readers.insert((id, place), reader);
            }
            document.visibility = Visibility::Named { readers: readers.len() as u32 };
            self.documents.insert(id, &document);
            Ok(())
        }

        /// Lets everyone read a document from a block on.
        ///
        /// # Errors
        /// [`Error::NotFound`], [`Error::NotAuthor`].
        #[ink(message)]
        pub fn publish(&mut self, id: DocumentId, from: BlockNumber) -> Result<()> {
            let mut document = self.own(id)?;
            self.forget_readers(id, &document.visibility);
            document.visibility = Visibility::From(from);
            self.documents.insert(id, &document);
            Ok(())
        }

        /// Gives a document another name; its revisions move with it.
        ///
        /// # Errors
        /// [`Error::NotFound`], [`Error::NotAuthor`], [`Error::NameTaken`].
        #[ink(message)]
        pub fn rename(&mut self, from: DocumentId, name: String) -> Result<DocumentId> {
            let mut document = self.own(from)?;
            let to = self.id_of(name.clone());
            if self.documents.contains(to) {
                return Err(Error::NameTaken);
            }
            self.documents.remove(from);
            document.name = name;
            for revision in 0..document.revisions {
                if let Some(content) = self.revisions.take((from, revision)) {
                    self.revisions.insert((to, revision), &content);
                }
            }
            if let Visibility::Named { readers } = document.visibility {
                for place in 0..readers {
                    if let Some(reader) = self.readers.take((from, place)) {
                        self.readers.insert((to, place), &reader);
                    }
                }
            }
            self.documents.insert(to, &document);
            self.record(Action::Renamed { from, to });
            Ok(to)
        }

        /// Removes a document and everything that was kept with it.
        ///
        /// # Errors
        /// [`Error::NotFound`], [`Error::NotAuthor`].
        #[ink(message)]
        pub fn remove(&mut self, id: DocumentId) -> Result<()> {
            let document = self.own(id)?;
            for revision in 0..document.revisions {
                self.revisions.remove((id, revision));
            }
            self.forget_readers(id, &document.visibility);
            self.documents.remove(id);
            self.documents_kept = self.documents_kept.checked_sub(1).expect("this one was counted; qed");
            self.record(Action::Removed(id));
            self.env().emit_event(Removed { id });
            Ok(())
        }

        /// How many lines the journal has.
        #[ink(message)]
        pub fn journal_len(&self) -> u32 {
            self.journal.len()
        }

        /// Lines of the journal, from `start` on, at most `count`.
        #[ink(message)]
        pub fn journal(&self, start: u32, count: u32) -> Vec<Entry> {
            (start..self.journal.len())
                .take(count as usize)
                .filter_map(|index| self.journal.get(index))
                .collect()
        }

        /// Strikes out the account in a line of the journal.
        ///
        /// # Errors
        /// [`Error::NotKeeper`], [`Error::NotFound`].
        #[ink(message)]
        pub fn strike_out(&mut self, index: u32) -> Result<()> {
            if self.env().caller() != self.keeper {
                return Err(Error::NotKeeper);
            }
            let mut entry = self.journal.get(index).ok_or(Error::NotFound)?;
            entry.account = [0; 32].into();
            self.journal.set(index, &entry);
            Ok(())
        }

        /// Cuts lines off the end of the journal until `len` are left.
        ///
        /// # Errors
        /// [`Error::NotKeeper`].
        #[ink(message)]
        pub fn truncate_journal(&mut self, len: u32) -> Result<()> {
            if self.env().caller() != self.keeper {
                return Err(Error::NotKeeper);
            }
            if len == 0 {
                self.journal.clear();
            }
            while self.journal.len() > len {
                self.journal.pop();
            }
            Ok(())
        }

        /// The caller's document.
        fn own(&self, id: DocumentId) -> Result<Document> {
            let document = self.documents.get(id).ok_or(Error::NotFound)?;
            (document.author == self.env().caller()).then_some(document).ok_or(Error::NotAuthor)
        }

        fn forget_readers(&mut self, id: DocumentId, visibility: &Visibility) {
            if let Visibility::Named { readers } = *visibility {
                for place in 0..readers {
                    self.readers.remove((id, place));
                }
            }
        }

        fn record(&mut self, action: Action) {
            let entry = Entry { block: self.env().block_number(), account: self.env().caller(), action };
            self.journal.push(&entry);
        }
    }

    impl Default for Archive {
        fn default() -> Self {
            Self::new()
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use ink::env::{test, DefaultEnvironment};

        fn call_as(caller: AccountId) {
            test::set_caller::<DefaultEnvironment>(caller);
        }

        /// Alice's archive with two revisions of her `a.txt`; then its id, Alice and Bob.
        fn set_up() -> (Archive, DocumentId, AccountId, AccountId) {
            let accounts = test::default_accounts::<DefaultEnvironment>();
            call_as(accounts.alice);
            let mut archive = Archive::new();
            assert_eq!(archive.put("a.txt".into(), b"one".to_vec()), Ok(0));
            assert_eq!(archive.put("a.txt".into(), b"two!".to_vec()), Ok(1));
            let id = archive.id_of("a.txt".into());
            (archive, id, accounts.alice, accounts.bob)
        }

        #[ink::test]
        fn revisions_are_kept() {
            let (archive, id, alice, _) = set_up();
            assert_eq!(archive.read(id, 0), Ok(b"one".to_vec()));
            assert_eq!(archive.read(id, 1), Ok(b"two!".to_vec()));
            assert_eq!(archive.read(id, 2), Err(Error::NotFound));
            assert_eq!(archive.stored_size(id, 1), Some(5), "a length and four bytes");
            let document = archive.document(id).unwrap();
            assert_eq!((document.author, document.revisions), (alice, 2));
            assert_eq!(archive.len(), 1);
        }

        #[ink::test]
        fn only_the_author_changes_a_document() {
            let (mut archive, id, alice, bob) = set_up();
            call_as(bob);
            assert_eq!(archive.put("a.txt".into(), vec![]), Err(Error::NotAuthor));
            assert_eq!(archive.restrict(id, vec![bob]), Err(Error::NotAuthor));
            assert_eq!(archive.publish(id, 0), Err(Error::NotAuthor));
            assert_eq!(archive.rename(id, "b.txt".into()), Err(Error::NotAuthor));
            assert_eq!(archive.remove(id), Err(Error::NotAuthor));
            assert_eq!(archive.document(id).unwrap().author, alice);
        }

        #[ink::test]
        fn only_readers_read() {
            let (mut archive, id, alice, bob) = set_up();
            let eve = test::default_accounts::<DefaultEnvironment>().eve;
            assert_eq!(archive.restrict(id, vec![bob]), Ok(()));
            assert!(archive.read(id, 0).is_ok(), "the author always may");
            call_as(bob);
            assert!(archive.read(id, 0).is_ok());
            call_as(eve);
            assert_eq!(archive.read(id, 0), Err(Error::NotReadable));
            call_as(alice);
            assert_eq!(archive.publish(id, 1), Ok(()));
            call_as(bob);
            assert_eq!(archive.read(id, 0), Err(Error::NotReadable), "no longer named, too early for all");
            test::advance_block::<DefaultEnvironment>();
            assert!(archive.read(id, 0).is_ok());
        }

        #[ink::test]
        fn renaming_moves_everything() {
            let (mut archive, id, _, bob) = set_up();
            archive.restrict(id, vec![bob]).unwrap();
            archive.put("b.txt".into(), vec![]).unwrap();
            assert_eq!(archive.rename(id, "b.txt".into()), Err(Error::NameTaken));
            let new = archive.rename(id, "c.txt".into()).unwrap();
            assert_eq!(archive.document(id), None);
            assert_eq!(archive.stored_size(id, 0), None);
            assert_eq!(archive.document(new).unwrap().name, "c.txt");
            call_as(bob);
            assert_eq!(archive.read(new, 1), Ok(b"two!".to_vec()));
        }

        #[ink::test]
        fn removing_leaves_nothing() {
            let (mut archive, id, ..) = set_up();
            assert_eq!(archive.remove(id), Ok(()));
            assert_eq!(archive.remove(id), Err(Error::NotFound));
            assert!(archive.is_empty());
            assert_eq!((archive.stored_size(id, 0), archive.stored_size(id, 1)), (None, None));
        }

        #[ink::test]
        fn policy_is_obeyed() {
            let (mut archive, _, alice, bob) = set_up();
            let policy = Policy { max_len: 4, max_revisions: 3, banned: vec![bob] };
            assert_eq!(archive.set_policy(policy.clone()), Ok(()));
            assert_eq!(archive.policy(), policy);
            assert_eq!(archive.put("a.txt".into(), vec![0; 5]), Err(Error::TooLong { max_len: 4 }));
            assert_eq!(archive.put("a.txt".into(), vec![0; 4]), Ok(2));
            assert_eq!(archive.put("a.txt".into(), vec![0; 4]), Err(Error::TooManyRevisions));
            call_as(bob);
            assert_eq!(archive.put("b.txt".into(), vec![]), Err(Error::Banned));
            assert_eq!(archive.set_policy(Policy::default()), Err(Error::NotKeeper));
            call_as(alice);
            assert_eq!(archive.len(), 1);
        }

        #[ink::test]
        fn journal_grows_and_shrinks() {
            let (mut archive, id, alice, bob) = set_up();
            archive.remove(id).unwrap();
            assert_eq!(archive.journal_len(), 3);
            let actions: Vec<_> = archive.journal(1, 9).into_iter().map(|entry| entry.action).collect();
            assert_eq!(actions, [Action::Put(id, 1), Action::Removed(id)]);
            assert_eq!(archive.strike_out(0), Ok(()));
            assert_eq!(archive.strike_out(3), Err(Error::NotFound));
            assert_eq!(archive.journal(0, 1)[0].account, AccountId::from([0; 32]));
            call_as(bob);
            assert_eq!(archive.truncate_journal(0), Err(Error::NotKeeper));
            call_as(alice);
            assert_eq!(archive.truncate_journal(1), Ok(()));
            assert_eq!(archive.journal(0, 9).len(), 1);
            assert_eq!(archive.truncate_journal(0), Ok(()));
            assert_eq!(archive.journal_len(), 0);
        }
    }
}
