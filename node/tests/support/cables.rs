//! Nodes as if on machines of their own, joined by cables that can be pulled.
//!
//! **Problem.** A network that falls apart cannot be had between processes that share a loopback device. Linux's
//! network namespaces have a device, addresses and routes each. A pair of virtual Ethernet ends leads from each into
//! this one, where a bridge joins them, and a second pair is for the test's own questions.
//!
//! **How it falls apart.** There are two bridges. An end that is moved to the other one loses sight of those that it
//! left, in both directions and without a word to anybody, and sees those that moved before it. No process is stopped,
//! and the questions still come through.
//!
//! **Invariant.** Everything is named by the process and removed when this is dropped. Addresses are of 198.18.0.0/15,
//! which RFC 2544 sets aside for tests of networks.

use std::{
    io::Write,
    net::{IpAddr, Ipv4Addr},
    process::{Command, Stdio},
};

/// Where nodes listen for each other.
const PORT: u16 = 30333;
/// Where a node listens for the test.
const RPC_PORT: u16 = 9944;

/// Machines and the cables between them.
pub struct Cables {
    id: u32,
    machines: u8,
}

/// One of the two halves that the network can fall into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// Where all are at first.
    First,
    /// Where nobody is at first.
    Second,
}

/// A machine, by its number from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine(u8);

impl Machine {
    /// Where the others find it.
    pub fn listen_addr(self) -> String {
        format!("/ip4/{}/tcp/{PORT}", self.address())
    }

    /// The node's option that lets the test reach its JSON-RPC.
    pub fn rpc_endpoint(self) -> String {
        format!("listen-addr={}:{RPC_PORT},methods=safe", Ipv4Addr::new(198, 19, self.0, 2))
    }

    fn address(self) -> IpAddr {
        Ipv4Addr::new(198, 18, 0, self.0 + 1).into()
    }
}

impl Cables {
    /// So many machines, all joined; or why there can be none here.
    ///
    /// # Errors
    /// What `ip` said: it is not there, this is not root, or the kernel will not.
    pub fn lay(machines: u8) -> Result<Cables, String> {
        let cables = Cables { id: std::process::id(), machines };
        let mut batch = String::new();
        for half in [Half::First, Half::Second] {
            let bridge = cables.bridge(half);
            batch += &format!("link add {bridge} type bridge\nlink set {bridge} up\n");
        }
        for number in 0..machines {
            let (machine, space) = (Machine(number), cables.space(Machine(number)));
            let (end, questions) = (cables.end(machine), format!("ikq{number}-{}", cables.id));
            batch += &format!("netns add {space}\n");
            batch += &format!("link add {end} type veth peer name eth0 netns {space}\n");
            batch += &format!("link set {end} master {} up\n", cables.bridge(Half::First));
            batch += &format!("link add {questions} type veth peer name eth1 netns {space}\n");
            batch += &format!("addr add 198.19.{number}.1/24 dev {questions}\nlink set {questions} up\n");
        }
        // Dropped on the way out, which removes what has been made.
        ip(&["-batch", "-"], &batch)?;
        for number in 0..machines {
            let (address, space) = (Machine(number).address(), cables.space(Machine(number)));
            let batch = format!(
                "addr add {address}/24 dev eth0\naddr add 198.19.{number}.2/24 dev eth1\n\
                 link set lo up\nlink set eth0 up\nlink set eth1 up\n"
            );
            ip(&["-netns", &space, "-batch", "-"], &batch)?;
        }
        Ok(cables)
    }

    /// The machine of this number.
    pub fn machine(&self, number: u8) -> Machine {
        assert!(number < self.machines, "there are {} machines", self.machines);
        Machine(number)
    }

    /// A command on a machine. Its process is the program's own, so signals reach that.
    pub fn command(&self, machine: Machine, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.space(machine), program]);
        command
    }

    /// Moves machines to a half.
    pub fn join(&self, half: Half, machines: &[Machine]) {
        let moves = machines
            .iter()
            .map(|&machine| format!("link set {} master {}\n", self.end(machine), self.bridge(half)));
        ip(&["-batch", "-"], &moves.collect::<String>()).expect("what was made can be moved");
    }

    fn space(&self, machine: Machine) -> String {
        format!("inkbpf{}-{}", machine.0, self.id)
    }

    /// Names of devices have at most 15 bytes.
    fn end(&self, machine: Machine) -> String {
        format!("ike{}-{}", machine.0, self.id)
    }

    fn bridge(&self, half: Half) -> String {
        format!("ikb{}-{}", half as u8, self.id)
    }
}

impl Drop for Cables {
    fn drop(&mut self) {
        // The devices go with their namespace. What was not made cannot be removed.
        for number in 0..self.machines {
            let _ = ip(&["netns", "delete", &self.space(Machine(number))], "");
        }
        for half in [Half::First, Half::Second] {
            let _ = ip(&["link", "delete", &self.bridge(half)], "");
        }
    }
}

fn ip(args: &[&str], input: &str) -> Result<(), String> {
    let said = |error: std::io::Error| format!("`ip`, of iproute2: {error}");
    let mut command = Command::new("ip");
    let command = command.args(args).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(said)?;
    child.stdin.take().expect("it was asked to be piped; qed").write_all(input.as_bytes()).map_err(said)?;
    let output = child.wait_with_output().map_err(said)?;
    if !output.status.success() {
        return Err(format!("`ip {}`: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(())
}
