namespace Remote;

/// <summary>
/// Settings of one remoting node beside those of <c>Proto.Remote.RemoteConfig</c>, which has host, port, kinds and serializers. Plain values,
/// so that they can be bound from configuration, and <see cref="Hooks"/>.
/// </summary>
/// <remarks>
/// Read once when the node starts, all faults are reported at once; later changes of the object have no defined effect. A node whose options come from
/// configuration (<c>AddRemote</c>) takes up what can change while it runs when that is read again. Not thread-safe.
/// </remarks>
public sealed class RemoteOptions
{
    /// <summary>
    /// Listen on this Unix-domain socket instead of a TCP port. The address of the node is then <c>unix://</c> followed by the path.
    /// Default <see langword="null"/>: TCP.
    /// </summary>
    public string? UnixSocketPath { get; set; }

    /// <summary>
    /// Further addresses (<c>host:port</c>) under which this node is reached; messages to them are delivered locally. Default: none.
    /// </summary>
    public IList<string> Aliases { get; set; } = [];

    /// <summary>
    /// The largest gRPC message that is sent or accepted, 1 KiB to 1 GiB. Default 4 MiB, as Go servers and hosted .NET servers
    /// accept. A larger message is refused locally with a dead letter <c>TooLarge</c>.
    /// </summary>
    public int MaxMessageBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// How many endpoints may exist at one time, 1 to 1,000,000. Default 10,000; beyond it messages to new addresses are dead letters.
    /// </summary>
    public int MaxEndpoints { get; set; } = 10_000;

    /// <summary>How long one dial may take until the connection stands. Default 5 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long either side waits for the other's handshake message. Default 5 s. On a listener of its own a node counts from the accept: a
    /// connection that has carried no handshake, nor any other complete request, is closed then.
    /// </summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a remote spawn waits for its answer when the caller gives no limit of its own. Default 5 s.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long <c>SendAsync</c> waits for room in a full lane. Default 30 s.</summary>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a graceful shutdown may take before connections are cut. Default 10 s.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long messages to an address are refused at once after its endpoint was closed. Default 3 s.</summary>
    public TimeSpan QuarantineDuration { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>The .NET types that a JSON message from another node may name. Default: those of the application.</summary>
    public JsonTypePolicy JsonTypes { get; set; } = JsonTypePolicy.Application;

    /// <summary>
    /// Types that a JSON message from another node may name under every policy, and the only ones under
    /// <see cref="JsonTypePolicy.Registered"/>; with a base class also the derived types that its JSON metadata declare. Default: none.
    /// </summary>
    public ICollection<Type> RegisteredJsonTypes { get; } = new HashSet<Type>();

    /// <summary>Queues and batches of each endpoint.</summary>
    public EndpointOptions Endpoint { get; set; } = new();

    /// <summary>When the filling of an endpoint's user lane is reported.</summary>
    public BackpressureOptions Backpressure { get; set; } = new();

    /// <summary>How a lost connection is dialled again.</summary>
    public ReconnectOptions Reconnect { get; set; } = new();

    /// <summary>How a silent connection is told from a dead one.</summary>
    public HeartbeatOptions Heartbeat { get; set; } = new();

    /// <summary>
    /// Addresses towards which nothing beyond Proto.Actor's protocol is announced: a node there sees exactly what a Proto.Actor node would
    /// send. Default: none, for such nodes ignore unknown fields.
    /// </summary>
    public IList<string> PlainPeers { get; set; } = [];

    /// <summary>How messages survive a lost connection between Remote nodes.</summary>
    public LinkOptions Link { get; set; } = new();

    /// <summary>The bounds of messages that a receiving node holds for one peer.</summary>
    public InboundOptions Inbound { get; set; } = new();

    /// <summary>Peers that this node has nothing to do with.</summary>
    public BlockListOptions BlockList { get; set; } = new();

    /// <summary>The diagnostic RPCs.</summary>
    public DiagnosticsOptions Diagnostics { get; set; } = new();

    /// <summary>Who may connect.</summary>
    public AccessOptions Access { get; set; } = new();

    /// <summary>
    /// Ids of actors that other nodes may not reach: what they send there is a dead letter <c>Forbidden</c>. <c>*</c> is any number of characters,
    /// <c>?</c> one; case counts, and the id of a child begins with those of its parents (<c>orders/*</c>). Answers to requests are let in
    /// whatever this says. Default: none. <see cref="LocalOnlyExtensions.WithLocalOnly"/> does the same for all actors of some props.
    /// </summary>
    public IList<string> LocalOnly { get; set; } = [];

    /// <summary>How many entries about single messages the log may have.</summary>
    public LogThrottleOptions LogThrottle { get; set; } = new();

    /// <summary>The administration service.</summary>
    public AdministrationOptions Administration { get; set; } = new();

    /// <summary>
    /// How targets are written towards an address before anything was seen from it, by address. Default: none, which is
    /// <see cref="WireDialect.Auto"/> everywhere.
    /// </summary>
    public IDictionary<string, WireDialect> Dialects { get; set; } = new Dictionary<string, WireDialect>(StringComparer.Ordinal);

    /// <summary>What HTTP/2 does below the streams.</summary>
    public TransportOptions Transport { get; set; } = new();

    /// <summary>TLS between nodes. Default: off. <c>UseTls</c> switches it on in one call.</summary>
    public TlsOptions Tls { get; set; } = new();

    /// <summary>Clocks, chance, networks and logs.</summary>
    public RemoteHooks Hooks { get; set; } = new();

    /// <summary>What a section of configuration says beside these: the plain values of Proto.Remote's config, and what is wrong with it.</summary>
    internal RemoteSection Section { get; set; } = new();
}
