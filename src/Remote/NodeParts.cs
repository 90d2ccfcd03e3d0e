namespace Remote;

/// <summary>
/// Makes the parts of a node, each after those that it needs: an arrow of the design is an argument here. Only <see cref="ReliableRemote"/>
/// and the methods that it serves know this type.
/// </summary>
internal sealed class NodeParts
{
    private readonly ClientSessions _clients;

    /// <param name="context">The node.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="blockList">Who is blocked.</param>
    /// <param name="resolver">Finds the endpoints of whichever node its system has now; those of this one if left out.</param>
    public NodeParts(NodeContext context, NodeSettings settings, PeerBlockList blockList, PidResolver? resolver = null)
    {
        (Context, BlockList) = (context, blockList);
        resolver ??= new PidResolver(context.ActorSystem, () => this);

        // 1. Memory.
        var dialects = new PeerDialects(context.Options.Dialects);
        var ended = new IncarnationMemory(context.Time, context.Options.MaxEndpoints);
        Table = new EndpointTable(context, blockList);
        Links = new InboundLinks(context);
        Streams = new InboundStreams(context, Links);

        // 2. Connecting endpoints, and serving open streams.
        var connector = new PeerConnector(context, settings.Channels, blockList);
        var judge = new AnswerJudge(context, Table, blockList, ended, Streams);
        var authorization = new PeerAuthorization(context, Table);
        Sessions = new StreamSessions(context, Table, dialects, Links, Streams, blockList, authorization, resolver);
        var diallers = new EndpointDiallers(context, Table, connector, judge, blockList, Sessions);
        Endpoints = new EndpointManager(context, Table, diallers, Links, blockList);
        Inquiry = new SilenceInquiry(context, Table, connector);

        // 3. Taking in the streams of peers.
        _clients = new ClientSessions(context, Table, Links, blockList);
        var guard = new IncarnationGuard(context, Table, diallers, connector, ended);
        var blockade = new Blockade(context, blockList, Endpoints, Links, _clients);
        blockList.Blocked += blockade.Cut;
        var acceptor = new ClientAcceptor(context, _clients, Links, Streams, Sessions);
        Reader = new EndpointReader(context, blockList, blockade, guard, Links, Streams, Sessions, acceptor, authorization);

        if (settings.Tls is { } tls)
        {
            _ = new ConnectionRenewal(context, tls, diallers, Streams);
        }

        // 4. Services for users and other nodes.
        Activator = new RemoteActivator(context, settings.Config.RemoteKinds, diallers, Table);
        Diagnostics = new RemotingDiagnostics(context, blockList);
    }

    public NodeContext Context { get; }

    public PeerBlockList BlockList { get; }

    public EndpointTable Table { get; }

    public InboundLinks Links { get; }

    public InboundStreams Streams { get; }

    public StreamSessions Sessions { get; }

    public EndpointManager Endpoints { get; }

    public SilenceInquiry Inquiry { get; }

    public EndpointReader Reader { get; }

    public RemoteActivator Activator { get; }

    public RemotingDiagnostics Diagnostics { get; }

    /// <summary>Leaves one peer, on whichever side the connection was opened. Nothing happens when there is none.</summary>
    public Task DisconnectAsync(string address) =>
        ClientAddress.IsClient(address) ? _clients.DisconnectAsync(address) : Endpoints.DisconnectAsync(address);

    /// <summary>
    /// Leaves all peers: they are asked to leave while our own queues drain towards them. The token ends the wait for them.
    /// </summary>
    public Task LeaveAsync(CancellationToken deadline) => Task.WhenAll(DismissAsync(deadline), Endpoints.StopAsync());

    private async Task DismissAsync(CancellationToken deadline)
    {
        await Streams.StopAsync(deadline).ConfigureAwait(false);
        _clients.EndAll(EndpointTerminatedReason.Shutdown);
    }
}
