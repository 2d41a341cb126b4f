//! `docs/side-by-side.md` lists what differs, each with a reason.
