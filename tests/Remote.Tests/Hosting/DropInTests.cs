// The three usings of an application that has come over, and none that would put an end to an ambiguity between them: that this file
// compiles is the test. It is not in a namespace of Remote, whose types would go first.
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote;

namespace ComeOver;

/// <summary>Sources that were written against Proto.Remote compile with these usings and without a qualified name.</summary>
[Trait("Behaviour", "I-01")]
public sealed class DropInTests
{
    /// <summary>Every public type of Remote, by its plain name.</summary>
    private static readonly System.Type[] OfRemote =
    [
        typeof(BackpressureLevel), typeof(BackpressureOptions), typeof(BlockedBy), typeof(BlockedPeer), typeof(BlockEntry), typeof(BlockListOptions),
        typeof(DeadLetterReason), typeof(DeadLetterResponseExtensions), typeof(DeadlineExtensions), typeof(DiagnosticsOptions), typeof(DialOrigin),
        typeof(EndpointBlocked), typeof(EndpointConnected), typeof(EndpointOptions), typeof(EndpointReconnected), typeof(EndpointReconnectFailed),
        typeof(EndpointReconnecting), typeof(EndpointState), typeof(EndpointStatistics), typeof(EndpointTerminated), typeof(EndpointTerminatedReason),
        typeof(EndpointThrottled), typeof(EndpointUnblocked), typeof(EndpointUnconfirmed), typeof(FanOutExtensions), typeof(HeartbeatOptions),
        typeof(InboundOptions), typeof(JsonTypePolicy), typeof(LimitStatistics), typeof(LinkOptions), typeof(LogThrottleOptions), typeof(OutagePolicy), typeof(OverflowPolicy),
        typeof(PeerBlockList),
        typeof(ReconnectOptions), typeof(ReliableClientRemote), typeof(ReliableRemote), typeof(RemoteAdministration), typeof(RemoteDeadLetterEvent), typeof(RemoteError),
        typeof(RemoteException), typeof(RemoteExtensions), typeof(RemoteHealthExtensions), typeof(RemoteHooks), typeof(RemoteOptions), typeof(RemoteServiceExtensions),
        typeof(RemoteTelemetry), typeof(RemoteTlsExtensions), typeof(SendAsyncExtensions), typeof(SlowTargetPolicy), typeof(TlsIdentity), typeof(TlsOptions),
        typeof(TransportOptions), typeof(UndecodedMessage), typeof(WireDialect),
        typeof(AccessOptions), typeof(AccessPolicy), typeof(AccessStatistics), typeof(ActorMetricsExtensions), typeof(AdministrationOptions), typeof(LocalOnlyExtensions),
        typeof(RemoteOperation), typeof(RemoteOperationKind), typeof(RemotePeer), typeof(RemotePermission),
    ];

    /// <summary>
    /// Those of Proto and Proto.Remote that sources name. What the two call alike is their own affair, and this assembly sees Remote's internal
    /// types, which others do not.
    /// </summary>
    private static readonly System.Type[] OfProto =
    [
        typeof(ActorSystem), typeof(ActorSystemConfig), typeof(PID), typeof(Props), typeof(IActor), typeof(IContext), typeof(IRootContext), typeof(ISenderContext),
        typeof(ISpawnerContext), typeof(RootContext), typeof(EventStream), typeof(DeadLetterEvent), typeof(DeadLetterException), typeof(DeadLetterResponse),
        typeof(Started), typeof(Stopping), typeof(Stopped), typeof(Restarting), typeof(ReceiveTimeout), typeof(Terminated), typeof(TerminatedReason),
        typeof(PoisonPill), typeof(Stop), typeof(Watch), typeof(Unwatch), typeof(Touch), typeof(Touched), typeof(Process), typeof(ProcessRegistry),
        typeof(ProcessNameExistException), typeof(Behavior), typeof(Supervision), typeof(OneForOneStrategy), typeof(AllForOneStrategy), typeof(Log),
        typeof(IRemote), typeof(RemoteConfig), typeof(RemoteConfigExtensions), typeof(IRemoteExtensions), typeof(EndpointWriterOptions), typeof(BlockList),
        typeof(MemberBlocked), typeof(EndpointTerminatedEvent), typeof(Serialization), typeof(ISerializer), typeof(ICachedSerialization),
        typeof(IRootSerializable), typeof(IRootSerialized), typeof(IRemotePriorityMessage), typeof(ResponseStatusCode), typeof(ActorPidRequest),
        typeof(ActorPidResponse), typeof(RemoteMessage), typeof(BlockedEndpoint), typeof(RemoteDeliver),
    ];

    [Fact]
    public void PublicTypes_AreAllNamedHere() =>
        Assert.Equal(Names(typeof(ReliableRemote).Assembly, "Remote").Order(), OfRemote.Select(type => type.Name).Order());

    [Fact]
    public void PublicTypes_HaveNoNameOfProtoActorOrProtoRemote()
    {
        var taken = Names(typeof(ActorSystem).Assembly, "Proto").Concat(Names(typeof(IRemote).Assembly, "Proto.Remote")).ToHashSet();

        Assert.Superset(OfProto.Select(type => type.Name).ToHashSet(), taken);
        Assert.DoesNotContain(Names(typeof(ReliableRemote).Assembly, "Remote"), taken.Contains);
    }

    [Fact]
    public async Task ApplicationThatHasComeOver_Runs()
    {
        await using var server = new ActorSystem(ActorSystemConfig.Setup().WithDeadLetterThrottleCount(10)).WithRemote(Configure());
        await using var client = new ActorSystem().WithRemote(Configure(), options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));
        await server.Remote().StartAsync();
        await client.Remote().StartAsync();
        var ended = new TaskCompletionSource<EndpointTerminatedEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.EventStream.Subscribe<EndpointTerminatedEvent>(ended.SetResult);

        var answer = await client.Remote().SpawnNamedAsync(server.Address, "greeter", "greeter", TimeSpan.FromSeconds(30));
        Assert.Equal((int)ResponseStatusCode.OK, answer.StatusCode);
        var greeting = await client.Root.RequestAsync<StringValue>(answer.Pid, new StringValue { Value = "you" }, TimeSpan.FromSeconds(30));

        Assert.Equal("Hello, you", greeting.Value);
        Assert.Equal(["greeter"], server.Remote().Config.GetRemoteKinds());
        Assert.False(client.Remote().BlockList.IsBlocked(server.Id));
        Assert.Equal(EndpointState.Connected, client.ReliableRemote().GetEndpointState(server.Address));
        await server.Remote().ShutdownAsync();
        var left = await ended.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal((false, server.Address), (left.ShouldBlock, left.Address));
        await client.Remote().ShutdownAsync(graceful: false);
    }

    [Fact]
    public async Task ApplicationWithoutAListener_Runs()
    {
        await using var server = new ActorSystem().WithRemote(Configure());
        await using var client = new ActorSystem().WithClientRemote(RemoteConfig.BindToLocalhost().WithProtoMessages(WrappersReflection.Descriptor));
        await server.Remote().StartAsync();
        await client.Remote().StartAsync();
        server.Root.SpawnNamed(Greeter, "greeter");

        var greeting = await client.Root.RequestAsync<StringValue>(
            PID.FromAddress(server.Address, "greeter"), new StringValue { Value = "you" }, TimeSpan.FromSeconds(30));

        Assert.Equal("Hello, you", greeting.Value);
        await client.Remote().ShutdownAsync();
        await server.Remote().ShutdownAsync();
    }

    [Fact]
    public async Task ReliableRemote_WhereThereIsNone_SaysWhatIsMissing()
    {
        await using var system = new ActorSystem();

        Assert.Contains("using Remote;", Assert.Throws<InvalidOperationException>(system.ReliableRemote).Message, StringComparison.Ordinal);
    }

    private static Props Greeter => Props.FromProducer(() => new GreeterActor());

    private static RemoteConfig Configure() => RemoteConfig
        .BindToLocalhost()
        .WithProtoMessages(WrappersReflection.Descriptor)
        .WithRemoteKind("greeter", Greeter);

    private static IEnumerable<string> Names(System.Reflection.Assembly assembly, string space) =>
        assembly.GetExportedTypes().Where(type => type.Namespace == space && !type.IsNested).Select(type => type.Name);

    private sealed class GreeterActor : IActor
    {
        public Task ReceiveAsync(IContext context)
        {
            if (context.Message is StringValue name)
            {
                context.Respond(new StringValue { Value = $"Hello, {name.Value}" });
            }

            return Task.CompletedTask;
        }
    }
}
