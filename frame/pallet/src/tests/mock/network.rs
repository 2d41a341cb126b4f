//! Chains other than that of a test: a network of parachains, all with the tests' runtime.
//!
//! A chain is a [`externalities`] and a number, which [`Settings::para`] holds while it runs. Messages that a chain
//! sends are kept in its own storage, so that a call that fails takes them back, until a test takes them out ([`sent`])
//! and lets another chain execute them ([`receive`]).

use super::*;
use frame_support::{
    storage::unhashed,
    traits::{Disabled, Everything, Nothing},
};
use staging_xcm::latest::{
    Asset, AssetId, ExecuteXcm, InteriorLocation, Junction, Location, NetworkId, Outcome, SendError,
    SendResult, SendXcm, Xcm, XcmHash,
};
use staging_xcm_builder::{
    AccountId32Aliases, AllowTopLevelPaidExecutionFrom, DescribeAllTerminal, DescribeFamily, EnsureXcmOrigin,
    FixedRateOfFungible, FixedWeightBounds, FrameTransactionalProcessor, FungibleAdapter, HashedDescription,
    IsConcrete, SignedAccountId32AsNative, SignedToAccountId32, SovereignSignedViaLocation, TakeWeightCredit,
    WithComputedOrigin,
};
use staging_xcm_executor::{traits::ConvertLocation, XcmExecutor};

/// Weight of an instruction of a message.
pub const INSTRUCTION: Weight = Weight::from_parts(1_000_000, 0);
/// Fee of another chain for executing an instruction.
pub const FEE: u64 = 10;
/// Fee of this chain for delivering a message.
pub const DELIVERY: u64 = 7;

const OUTBOX: &[u8] = b":sent";

parameter_types! {
    pub AnyNetwork: Option<NetworkId> = None;
    pub Native: Location = Location::here();
    pub UniversalLocation: InteriorLocation =
        [Junction::GlobalConsensus(NetworkId::ByGenesis([7; 32])), Junction::Parachain(get(|s| s.para))].into();
    pub const InstructionWeight: Weight = INSTRUCTION;
    // For a second and for a mebibyte: `FEE` for an instruction.
    pub Rate: (AssetId, u128, u128) = (AssetId(Location::here()), u128::from(FEE) * 1_000_000, 0);
}

type LocalOrigin = SignedToAccountId32<RuntimeOrigin, AccountId32, AnyNetwork>;
type Accounts = (
    AccountId32Aliases<AnyNetwork, AccountId32>,
    HashedDescription<AccountId32, DescribeFamily<DescribeAllTerminal>>,
);
type Weigher = FixedWeightBounds<InstructionWeight, RuntimeCall, ConstU32<100>>;

/// Messages that the setting allows.
pub struct MessageFilter;
impl Contains<(Location, Xcm<RuntimeCall>)> for MessageFilter {
    fn contains((_, message): &(Location, Xcm<RuntimeCall>)) -> bool {
        get(|s| s.messages)(message)
    }
}

/// Calls that the setting allows messages to make.
pub struct TransactFilter;
impl Contains<RuntimeCall> for TransactFilter {
    fn contains(call: &RuntimeCall) -> bool {
        get(|s| s.transacts)(call)
    }
}

/// Routes to other parachains only.
pub struct Router;
impl SendXcm for Router {
    type Ticket = (u32, Xcm<()>);

    fn validate(to: &mut Option<Location>, message: &mut Option<Xcm<()>>) -> SendResult<Self::Ticket> {
        let Some((1, [Junction::Parachain(to)])) = to.as_ref().map(Location::unpack) else {
            return Err(SendError::NotApplicable);
        };
        let message = message.take().ok_or(SendError::MissingArgument)?;
        Ok(((*to, message), Asset::from((Location::here(), u128::from(DELIVERY))).into()))
    }

    fn deliver(ticket: Self::Ticket) -> Result<XcmHash, SendError> {
        let id = ticket.using_encoded(sp_io::hashing::blake2_256);
        let mut outbox = sent();
        outbox.push(ticket);
        unhashed::put(OUTBOX, &outbox);
        Ok(id)
    }
}

/// Messages sent by the running chain, each with its parachain.
pub fn sent() -> Vec<(u32, Xcm<()>)> {
    unhashed::get_or_default(OUTBOX)
}

/// The account of `location` on the running chain.
pub fn account_of(location: &Location) -> AccountId32 {
    Accounts::convert_location(location).expect("locations in tests have accounts")
}

/// Executes a message of the parachain `from` on the running chain.
pub fn receive(from: u32, message: Xcm<()>) -> Outcome {
    let mut id = message.using_encoded(sp_io::hashing::blake2_256);
    XcmExecutor::<XcmConfig>::prepare_and_execute(
        Location::new(1, [Junction::Parachain(from)]),
        Xcm::from(message),
        &mut id,
        INSTRUCTION * 100,
        Weight::zero(),
    )
}

/// How this chain executes messages.
pub struct XcmConfig;
impl staging_xcm_executor::Config for XcmConfig {
    type RuntimeCall = RuntimeCall;
    type XcmSender = Router;
    type XcmEventEmitter = PolkadotXcm;
    type AssetTransactor = FungibleAdapter<Balances, IsConcrete<Native>, Accounts, AccountId32, ()>;
    type OriginConverter = (
        SignedAccountId32AsNative<AnyNetwork, RuntimeOrigin>,
        SovereignSignedViaLocation<Accounts, RuntimeOrigin>,
    );
    type IsReserve = ();
    type IsTeleporter = ();
    type UniversalLocation = UniversalLocation;
    // A contract has paid for the weight; another chain pays in the message.
    type Barrier = (
        TakeWeightCredit,
        WithComputedOrigin<AllowTopLevelPaidExecutionFrom<Everything>, UniversalLocation, ConstU32<8>>,
    );
    type Weigher = Weigher;
    type Trader = FixedRateOfFungible<Rate, ()>;
    type ResponseHandler = PolkadotXcm;
    type AssetTrap = PolkadotXcm;
    type AssetLocker = ();
    type AssetExchanger = ();
    type SubscriptionService = PolkadotXcm;
    type PalletInstancesInfo = AllPalletsWithSystem;
    type MaxAssetsIntoHolding = ConstU32<8>;
    type FeeManager = ();
    type MessageExporter = ();
    type UniversalAliases = Nothing;
    type CallDispatcher = RuntimeCall;
    type SafeCallFilter = TransactFilter;
    type Aliasers = Nothing;
    type TransactionalProcessor = FrameTransactionalProcessor;
    type HrmpNewChannelOpenRequestHandler = ();
    type HrmpChannelAcceptedHandler = ();
    type HrmpChannelClosingHandler = ();
    type XcmRecorder = PolkadotXcm;
}

impl pallet_xcm::Config for Test {
    type RuntimeEvent = RuntimeEvent;
    type Currency = Balances;
    type CurrencyMatcher = IsConcrete<Native>;
    type AuthorizedAliasConsideration = Disabled;
    type SendXcmOrigin = EnsureXcmOrigin<RuntimeOrigin, LocalOrigin>;
    type XcmRouter = Router;
    type ExecuteXcmOrigin = EnsureXcmOrigin<RuntimeOrigin, LocalOrigin>;
    type XcmExecuteFilter = MessageFilter;
    type XcmExecutor = XcmExecutor<XcmConfig>;
    type XcmTeleportFilter = Nothing;
    type XcmReserveTransferFilter = Nothing;
    type Weigher = Weigher;
    type UniversalLocation = UniversalLocation;
    type RuntimeOrigin = RuntimeOrigin;
    type RuntimeCall = RuntimeCall;
    const VERSION_DISCOVERY_QUEUE_SIZE: u32 = 100;
    type AdvertisedXcmVersion = pallet_xcm::CurrentXcmVersion;
    type AdminOrigin = frame_system::EnsureRoot<AccountId32>;
    type TrustedLockers = ();
    type SovereignAccountOf = Accounts;
    type MaxLockers = ConstU32<8>;
    type MaxRemoteLockConsumers = ConstU32<0>;
    type RemoteLockConsumerIdentifier = ();
    type WeightInfo = pallet_xcm::TestWeightInfo;
}
