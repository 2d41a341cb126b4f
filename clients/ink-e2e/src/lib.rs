//! End-to-end tests by `ink_e2e` 5.1.1, as published, against the node: see `tests/`, and `docs/clients.md` of the
//! repository. There is nothing in the library itself.
