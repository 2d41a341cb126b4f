//! The parts of a node, and how they are connected.
//!
//! **Problem.** One program runs two kinds of chain, and the chain itself tells which. If its state names Aura
//! authorities, it has slots, and GRANDPA finalises blocks. If not, this node seals blocks when it likes
//! ([`crate::seal`]) and finalises them a moment later.
//!
//! **Invariant.** Blocks of a chain without authorities carry no signature, so a node of such a chain accepts none from
//! strangers: its only peers are those named with `--reserved-nodes`.

use crate::{
    cli::Options,
    engine::{self, Executor, WithHost},
    gate::{Gate, Gated},
    rpc, seal,
    turns::{self, Bounded},
};
use futures::{future::BoxFuture, FutureExt};
use inkbpf_runtime::{Hash, Header, RuntimeApi};
use polkadot_sdk::{
    sc_basic_authorship::ProposerFactory,
    sc_client_api::{Backend as _, ExecutorProvider as _},
    sc_consensus::{DefaultImportQueue, LongestChain},
    sc_consensus_aura::{self as aura, ImportQueueParams, SlotProportion, StartAuraParams},
    sc_consensus_grandpa as grandpa, sc_consensus_manual_seal as manual_seal,
    sc_network::{
        config::{FullNetworkConfiguration, TransportConfig},
        service::traits::{NetworkBackend, NetworkService},
    },
    sc_network_sync::SyncingService,
    sc_offchain::{OffchainWorkerOptions, OffchainWorkers},
    sc_service::{
        self, error::Error as ServiceError, BuildNetworkParams, Configuration, KeystoreContainer,
        SpawnTaskHandle, SpawnTasksParams, TFullBackend, TFullClient, TaskManager, WarpSyncConfig,
    },
    sc_telemetry::{Telemetry, TelemetryHandle, TelemetryWorker},
    sc_transaction_pool::TransactionPoolHandle,
    sc_transaction_pool_api::OffchainTransactionPoolFactory,
    sp_api::ProvideRuntimeApi,
    sp_blockchain::HeaderBackend,
    sp_consensus_aura::{
        inherents::InherentDataProvider as SlotInherent,
        sr25519::{AuthorityId as AuraId, AuthorityPair as AuraPair},
        AuraApi, SlotDuration,
    },
    sp_core::traits::SpawnEssentialNamed,
    sp_runtime::{generic, traits::NumberFor, OpaqueExtrinsic},
    sp_timestamp::InherentDataProvider as TimestampInherent,
};
use std::{io::ErrorKind, sync::Arc, time::Duration};

/// A block as the node sees it: only the runtime knows what is in a transaction. Clients get a transaction's bytes,
/// which the runtime's own type would serialise differently.
pub type Block = generic::Block<Header, OpaqueExtrinsic>;
/// The chain as the rest of the node sees it.
pub type Client = TFullClient<Block, RuntimeApi, Executor>;
/// The pool of waiting transactions.
pub type Pool = TransactionPoolHandle<Block, Client>;
type Backend = TFullBackend<Block>;
type SelectChain = LongestChain<Backend, Block>;
type GrandpaImport = grandpa::GrandpaBlockImport<Backend, Block, Client, SelectChain>;
type GrandpaLink = grandpa::LinkHalf<Block, Client, SelectChain>;

/// Who makes blocks, with what is needed for it.
pub enum Consensus {
    /// This node, when it likes.
    Sealed,
    /// The validators, in slots.
    Slots {
        /// Length of a slot.
        slot: SlotDuration,
        /// Imports blocks into the database.
        import: Box<GrandpaImport>,
        /// The voter's connection to that import.
        link: Box<GrandpaLink>,
    },
}

/// What every command needs: the client and how to import. Only a running node has a pool: in other commands, the end
/// of its tasks would count as a failure.
pub struct Parts {
    /// The chain.
    pub client: Arc<Client>,
    /// Its database.
    pub backend: Arc<Backend>,
    /// The tasks that run beside the command.
    pub task_manager: TaskManager,
    /// Imports blocks from elsewhere.
    pub import_queue: DefaultImportQueue<Block>,
    /// Who makes blocks.
    pub consensus: Consensus,
    keystore_container: KeystoreContainer,
    select_chain: SelectChain,
    telemetry: Option<Telemetry>,
}

/// GRANDPA stores a proof of finality at least every this many blocks, for nodes that catch up.
const JUSTIFICATION_PERIOD: u32 = 512;

/// What the parts are for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A node, which ends when one of its tasks does.
    Node,
    /// A command, whose tasks end when it is done.
    Command,
}

impl Purpose {
    /// Spawns the tasks of the import queue.
    fn spawner(self, task_manager: &TaskManager) -> Box<dyn SpawnEssentialNamed> {
        match self {
            Self::Node => Box::new(task_manager.spawn_essential_handle()),
            Self::Command => Box::new(Ending(task_manager.spawn_handle())),
        }
    }
}

/// Spawns tasks that may end, for callers that ask for essential ones: Substrate would report the end of those as a
/// failure.
#[derive(Clone)]
struct Ending(SpawnTaskHandle);

impl SpawnEssentialNamed for Ending {
    fn spawn_essential_blocking(
        &self,
        name: &'static str,
        group: Option<&'static str>,
        task: BoxFuture<'static, ()>,
    ) {
        self.0.spawn_blocking(name, group, task);
    }

    fn spawn_essential(&self, name: &'static str, group: Option<&'static str>, task: BoxFuture<'static, ()>) {
        self.0.spawn(name, group, task);
    }
}

/// Opens the database and makes the parts.
///
/// # Errors
/// When the database, the keystore or the genesis is not available.
pub fn parts(config: &Configuration, options: Options, purpose: Purpose) -> Result<Parts, ServiceError> {
    let host = engine::host(options.engine);
    let telemetry = config
        .telemetry_endpoints
        .clone()
        .filter(|endpoints| !endpoints.is_empty())
        .map(|endpoints| -> Result<_, polkadot_sdk::sc_telemetry::Error> {
            let worker = TelemetryWorker::new(16)?;
            let telemetry = worker.handle().new_telemetry(endpoints);
            Ok((worker, telemetry))
        })
        .transpose()?;

    let at_once = options.max_offchain_calls.unwrap_or_else(turns::usual);
    let executor = sc_service::new_wasm_executor(&config.executor);
    let executor: Executor = Bounded::new(executor, at_once, config.prometheus_registry())?;
    let (client, backend, keystore_container, task_manager) =
        sc_service::new_full_parts::<Block, RuntimeApi, _>(
            config,
            telemetry.as_ref().map(|(_, telemetry)| telemetry.handle()),
            executor,
            Vec::new(),
        )?;
    let client = Arc::new(client);
    client.execution_extensions().set_extensions_factory(WithHost(host));

    let telemetry = telemetry.map(|(worker, telemetry)| {
        task_manager.spawn_handle().spawn("telemetry", None, worker.run());
        telemetry
    });
    let select_chain = LongestChain::new(backend.clone());
    let (consensus, import_queue) = consensus(
        config,
        &client,
        &select_chain,
        &purpose.spawner(&task_manager),
        telemetry.as_ref().map(Telemetry::handle),
    )?;
    Ok(Parts {
        client,
        backend,
        task_manager,
        import_queue,
        consensus,
        keystore_container,
        select_chain,
        telemetry,
    })
}

/// Makes the transaction pool, and starts its maintenance.
fn pool(config: &Configuration, client: &Arc<Client>, task_manager: &TaskManager) -> Arc<Pool> {
    let builder = polkadot_sdk::sc_transaction_pool::Builder::new(
        task_manager.spawn_essential_handle(),
        client.clone(),
        config.role.is_authority().into(),
    );
    let builder = builder.with_options(config.transaction_pool.clone());
    Arc::from(builder.with_prometheus(config.prometheus_registry()).build())
}

/// Asks the chain how its blocks are made, and returns how to import them.
fn consensus(
    config: &Configuration,
    client: &Arc<Client>,
    select_chain: &SelectChain,
    spawner: &impl SpawnEssentialNamed,
    telemetry: Option<TelemetryHandle>,
) -> Result<(Consensus, DefaultImportQueue<Block>), ServiceError> {
    let newest = <Client as HeaderBackend<Block>>::info(client).best_hash;
    let api = client.runtime_api();
    let authorities: Vec<AuraId> = api.authorities(newest).map_err(blockchain_error)?;
    if authorities.is_empty() {
        let queue =
            manual_seal::import_queue(Box::new(client.clone()), spawner, config.prometheus_registry());
        return Ok((Consensus::Sealed, queue));
    }

    let slot = AuraApi::<Block, AuraId>::slot_duration(&*api, newest).map_err(blockchain_error)?;
    let (import, link) = grandpa::block_import(
        client.clone(),
        JUSTIFICATION_PERIOD,
        client,
        select_chain.clone(),
        telemetry.clone(),
    )?;
    let queue = aura::import_queue::<AuraPair, _, _, _, _, _>(ImportQueueParams {
        block_import: import.clone(),
        justification_import: Some(Box::new(import.clone())),
        client: client.clone(),
        create_inherent_data_providers: move |_, ()| async move { Ok(slot_inherents(slot)) },
        spawner,
        registry: config.prometheus_registry(),
        check_for_equivocation: Default::default(),
        telemetry,
        compatibility_mode: Default::default(),
    })?;
    Ok((Consensus::Slots { slot, import: Box::new(import), link: Box::new(link) }, queue))
}

/// The current slot, and the time.
fn slot_inherents(slot: SlotDuration) -> (SlotInherent, TimestampInherent) {
    let time = TimestampInherent::from_system_time();
    (SlotInherent::from_timestamp_and_slot_duration(*time, slot), time)
}

fn blockchain_error(error: polkadot_sdk::sp_api::ApiError) -> ServiceError {
    ServiceError::Client(polkadot_sdk::sp_blockchain::Error::RuntimeApiError(error))
}

/// Reverts what a part other than the database knows of blocks.
pub type Revert =
    Box<dyn FnOnce(Arc<Client>, Arc<Backend>, NumberFor<Block>) -> polkadot_sdk::sc_cli::Result<()>>;

impl Consensus {
    /// What has to be reverted along with blocks: what GRANDPA knows of them. A chain without validators has nothing of
    /// the kind, and GRANDPA would fail without it.
    pub fn revert(&self) -> Option<Revert> {
        match self {
            Self::Sealed => None,
            Self::Slots { .. } => Some(Box::new(|client, _, blocks| Ok(grandpa::revert(client, blocks)?))),
        }
    }
}

/// Starts a node.
///
/// # Errors
/// When a part cannot be made, or an address is not available.
pub fn run<N: NetworkBackend<Block, Hash>>(
    mut config: Configuration,
    options: Options,
) -> Result<TaskManager, ServiceError> {
    let Parts {
        client,
        backend,
        mut task_manager,
        import_queue,
        consensus,
        keystore_container,
        select_chain,
        mut telemetry,
    } = parts(&config, options, Purpose::Node)?;
    let transaction_pool = pool(&config, &client, &task_manager);
    let gate = Arc::new(Gate::default());
    let gated =
        Arc::new(Gated { pool: transaction_pool.clone(), client: client.clone(), gate: gate.clone() });

    if matches!(consensus, Consensus::Sealed) {
        without_strangers(&mut config);
    }
    one_free_port(&mut config);
    tell_of_taken_ports(&config);
    let mut net_config =
        FullNetworkConfiguration::<_, _, N>::new(&config.network, config.prometheus_registry().cloned());
    let metrics = N::register_notification_metrics(config.prometheus_registry());
    let genesis = <Client as HeaderBackend<Block>>::info(&client).genesis_hash;
    let grandpa_protocol = grandpa::protocol_standard_name(&genesis, &config.chain_spec);
    let mut grandpa_notifications = None;
    let mut warp_sync_config = None;
    if let Consensus::Slots { link, .. } = &consensus {
        let (protocol, notifications) = grandpa::grandpa_peers_set_config::<_, N>(
            grandpa_protocol.clone(),
            metrics.clone(),
            net_config.peer_store_handle(),
        );
        net_config.add_notification_protocol(protocol);
        grandpa_notifications = Some(notifications);
        warp_sync_config =
            Some(WarpSyncConfig::WithProvider(Arc::new(grandpa::warp_proof::NetworkProvider::new(
                backend.clone(),
                link.shared_authority_set().clone(),
                Vec::new(),
            ))));
    }

    let (network, system_rpc_tx, tx_handler_controller, sync_service, _) =
        sc_service::build_network(BuildNetworkParams {
            config: &config,
            net_config,
            client: client.clone(),
            transaction_pool: gated.clone(),
            spawn_handle: task_manager.spawn_handle(),
            spawn_essential_handle: task_manager.spawn_essential_handle(),
            import_queue,
            block_announce_validator_builder: None,
            warp_sync_config,
            block_relay: None,
            metrics,
            gap_sync_body_policy: None,
        })?;

    if config.offchain_worker.enabled {
        let workers = OffchainWorkers::new(OffchainWorkerOptions {
            runtime_api_provider: client.clone(),
            is_validator: config.role.is_authority(),
            keystore: Some(keystore_container.keystore()),
            offchain_db: backend.offchain_storage(),
            transaction_pool: Some(OffchainTransactionPoolFactory::new(transaction_pool.clone())),
            network_provider: Arc::new(network.clone()),
            enable_http_requests: false,
            custom_extensions: |_| Vec::new(),
        })?;
        let run = workers.run(client.clone(), task_manager.spawn_handle()).boxed();
        task_manager.spawn_handle().spawn("offchain-workers-runner", "offchain-worker", run);
    }

    let author = Author {
        is_authority: config.role.is_authority(),
        force_authoring: config.force_authoring,
        prometheus: config.prometheus_registry().cloned(),
        client: client.clone(),
        pool: transaction_pool.clone(),
        gate,
        select_chain,
        sync_service: sync_service.clone(),
        telemetry: telemetry.as_ref().map(Telemetry::handle),
    };
    let voter = (!config.disable_grandpa).then(|| grandpa::Config {
        gossip_duration: Duration::from_millis(333),
        justification_generation_period: JUSTIFICATION_PERIOD,
        name: Some(config.network.node_name.clone()),
        observer_enabled: false,
        keystore: config.role.is_authority().then(|| keystore_container.keystore()),
        local_role: config.role,
        telemetry: telemetry.as_ref().map(Telemetry::handle),
        protocol_name: grandpa_protocol,
    });

    let rpc_builder = {
        let (client, pool) = (client.clone(), transaction_pool);
        Box::new(move |_| rpc::module(client.clone(), pool.clone()).map_err(ServiceError::Application))
    };
    sc_service::spawn_tasks(SpawnTasksParams {
        config,
        client,
        backend,
        task_manager: &mut task_manager,
        keystore: keystore_container.keystore(),
        transaction_pool: gated,
        rpc_builder,
        network: network.clone(),
        system_rpc_tx,
        tx_handler_controller,
        sync_service,
        telemetry: telemetry.as_mut(),
        tracing_execute_block: None,
    })?;

    match consensus {
        Consensus::Sealed => author.seal(options, &task_manager),
        Consensus::Slots { slot, import, link } => {
            let finality = voter.zip(grandpa_notifications);
            author.vote(finality, *link, network, &task_manager)?;
            author.author(slot, *import, &keystore_container, &task_manager)?;
        }
    }
    Ok(task_manager)
}

/// JSON-RPC on one free IPv4 port only, where any port is acceptable.
///
/// Substrate would also open another free port on IPv6, and report both in one line. ink!'s end-to-end tests look for
/// the port in that line and expect one.
fn one_free_port(config: &mut Configuration) {
    if let Some(endpoints) = &mut config.rpc.addr {
        endpoints.retain(|endpoint| !endpoint.is_optional || endpoint.listen_addr.port() != 0);
    }
}

/// If the requested JSON-RPC port is taken, Substrate uses another one, and reports only which. A client that connects
/// to the usual port then reaches another node, and maybe another chain.
fn tell_of_taken_ports(config: &Configuration) {
    for endpoint in config.rpc.addr.iter().flatten().filter(|endpoint| endpoint.listen_addr.port() != 0) {
        let address = endpoint.listen_addr;
        if std::net::TcpListener::bind(address).is_err_and(|error| error.kind() == ErrorKind::AddrInUse) {
            log::warn!(
                "{address} is already in use: JSON-RPC gets another port (see below), and clients that connect to {address} reach another program."
            );
        }
    }
}

/// No peers but the reserved ones, and no peer discovery.
fn without_strangers(config: &mut Configuration) {
    let peers = &mut config.network.default_peers_set;
    (peers.in_peers, peers.out_peers) = (0, 0);
    config.network.default_peers_set_num_full = 0;
    if let TransportConfig::Normal { enable_mdns, .. } = &mut config.network.transport {
        *enable_mdns = false;
    }
}

/// What is needed to make and finalise blocks.
struct Author {
    is_authority: bool,
    force_authoring: bool,
    prometheus: Option<polkadot_sdk::substrate_prometheus_endpoint::Registry>,
    client: Arc<Client>,
    pool: Arc<Pool>,
    gate: Arc<Gate>,
    select_chain: SelectChain,
    sync_service: Arc<SyncingService<Block>>,
    telemetry: Option<TelemetryHandle>,
}

impl Author {
    fn proposer(&self, task_manager: &TaskManager) -> ProposerFactory<Pool, Client> {
        ProposerFactory::new(
            task_manager.spawn_handle(),
            self.client.clone(),
            self.pool.clone(),
            self.prometheus.as_ref(),
            self.telemetry.clone(),
        )
    }

    /// Makes a block when there is something to put in it, and finalises it a moment later.
    fn seal(self, options: Options, task_manager: &TaskManager) {
        if !self.is_authority {
            log::warn!(
                "This chain has no validators, and this node makes no blocks either, because it was started neither with --dev nor as a \
                 validator (--validator, --alice). Transactions will wait."
            );
            return;
        }
        let finality = manual_seal::run_delayed_finalize(manual_seal::DelayedFinalizeParams {
            client: self.client.clone(),
            spawn_handle: task_manager.spawn_handle(),
            delay_sec: options.finalize_delay_sec,
        });
        task_manager.spawn_essential_handle().spawn("delayed-finality", "block-authoring", finality);

        let sealing = manual_seal::run_manual_seal(manual_seal::ManualSealParams {
            block_import: self.client.clone(),
            env: self.proposer(task_manager),
            client: self.client.clone(),
            pool: self.pool.clone(),
            commands_stream: seal::when_there_is_something(self.client.clone(), self.pool.clone(), self.gate),
            select_chain: self.select_chain,
            consensus_data_provider: None,
            create_inherent_data_providers: |_, ()| async { Ok(TimestampInherent::from_system_time()) },
        });
        task_manager.spawn_essential_handle().spawn_blocking("sealing", "block-authoring", sealing);
    }

    /// Makes blocks in the slots of the keys that this node has.
    fn author(
        self,
        slot: SlotDuration,
        import: GrandpaImport,
        keystore: &KeystoreContainer,
        task_manager: &TaskManager,
    ) -> Result<(), ServiceError> {
        if !self.is_authority {
            return Ok(());
        }
        let aura = aura::start_aura::<AuraPair, _, _, _, _, _, _, _, _, _, _>(StartAuraParams {
            slot_duration: slot,
            proposer_factory: self.proposer(task_manager),
            client: self.client,
            select_chain: self.select_chain,
            block_import: import,
            create_inherent_data_providers: move |_, ()| async move { Ok(slot_inherents(slot)) },
            force_authoring: self.force_authoring,
            backoff_authoring_blocks: None::<()>,
            keystore: keystore.keystore(),
            sync_oracle: self.sync_service.clone(),
            justification_sync_link: self.sync_service,
            block_proposal_slot_portion: SlotProportion::new(2f32 / 3f32),
            max_block_proposal_slot_portion: None,
            telemetry: self.telemetry,
            compatibility_mode: Default::default(),
        })?;
        task_manager.spawn_essential_handle().spawn_blocking("aura", "block-authoring", aura);
        Ok(())
    }

    /// Votes on what is final, or follows the votes of others. A node whose voter is switched off follows the proofs
    /// that come with blocks.
    fn vote(
        &self,
        voter: Option<(
            grandpa::Config,
            Box<dyn polkadot_sdk::sc_network::service::traits::NotificationService>,
        )>,
        link: GrandpaLink,
        network: Arc<dyn NetworkService>,
        task_manager: &TaskManager,
    ) -> Result<(), ServiceError> {
        let Some((config, notification_service)) = voter else { return Ok(()) };
        let voter = grandpa::run_grandpa_voter(grandpa::GrandpaParams {
            config,
            link,
            network,
            sync: self.sync_service.clone(),
            notification_service,
            voting_rule: grandpa::VotingRulesBuilder::default().build(),
            prometheus_registry: self.prometheus.clone(),
            shared_voter_state: grandpa::SharedVoterState::empty(),
            telemetry: self.telemetry.clone(),
            offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(self.pool.clone()),
        })?;
        task_manager.spawn_essential_handle().spawn_blocking("grandpa-voter", None, voter);
        Ok(())
    }
}
