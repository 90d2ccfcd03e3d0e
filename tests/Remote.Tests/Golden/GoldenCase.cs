using Google.Protobuf;
using Proto;
using Proto.Remote;
using Remote.Tests.Messages;
using Remote.Tests.Messaging;
using Remote.Tests.Serialization;
using MessageHeader = Proto.MessageHeader;
using Nothing = Remote.Tests.Messages.Nothing;

namespace Remote.Tests.Golden;

/// <summary>What the golden batches say, in our own terms.</summary>
internal sealed record GoldenCase(string Name, RemoteDelivery[] Deliveries, ulong Sequence = 0, bool FromClient = false, bool IsPriority = false)
{
    private static readonly PID Future = new(ActorSystem.NoHost, "$future-x1");
    private static readonly PID Watcher = new(ActorSystem.NoHost, "watcher");

    internal static SerializerRegistry Registry { get; } = TestRegistry.Of(MessagesReflection.Descriptor);

    internal static GoldenCase[] All { get; } =
    [
        new("tell", [To("echo", Hello("hello"))]),
        new("empty-payload", [To("echo", new Nothing()), To("echo", new Nothing())]),
        new("request",
        [
            new(At("echo"), Hello("one"), Future.WithRequestId(5000), MessageHeader.Empty.With("traceparent", "00-ab-cd-01")),
            new(At("echo"), Hello("two"), Future.WithRequestId(uint.MaxValue)),
            new(At("echo"), Hello("three"), new PID(ActorSystem.NoHost, "asker")),
        ]),
        new("reply",
        [
            new(At("$future-x1", 5000), new Hello.Types.Nested { Text = "answer" }),
            new(At("$future-x1", uint.MaxValue), new Hello.Types.Nested { Text = "answer" }),
        ]),
        new("tables",
        [
            To("a", Hello("1")),
            new(At("größe/🙂"), new Nothing(), new PID(ActorSystem.NoHost, "me")),
            new(At("a/b"), Hello("2"), new PID("10.0.0.3:8003", "relayed")),
            To("a", new Nothing()),
            new(At("größe/🙂"), Hello("3"), new PID(ActorSystem.NoHost, "me")),
        ],
        Sequence: 77),
        new("system",
        [
            To("a", new Watch(Watcher)),
            To("a", new Unwatch { Watcher = Watcher }),
            To("watcher", Terminated.From(new PID(ActorSystem.NoHost, "b"), TerminatedReason.Stopped)),
            To("watcher", Terminated.From(new PID(ActorSystem.NoHost, "b"), TerminatedReason.AddressTerminated)),
            To("watcher", Terminated.From(new PID(ActorSystem.NoHost, "b"), TerminatedReason.NotFound)),
            To("a", Stop.Instance),
            To("a", PoisonPill.Instance),
            new(At("a"), new Touch(), Future.WithRequestId(7)),
            new(At("watcher", 7), new Touched { Who = new PID(ActorSystem.NoHost, "b") }),
            To("watcher", new DeadLetterResponse { Target = new PID(ActorSystem.NoHost, "c") }),
            To("a", new Watch(Watcher.WithRequestId(7872))),
        ]),
        new("json", [To("json", new Order("pen", 3))]),
        new("spawn",
        [
            new(At("$activator"), new ActorPidRequest { Name = "bob", Kind = "echo" }, Future.WithRequestId(9)),
            new(At("$future-x1", 9), new ActorPidResponse { Pid = new PID(ActorSystem.NoHost, "bob") }),
            new(At("$future-x1", 9), new ActorPidResponse { Pid = new PID(ActorSystem.NoHost, "bob"), StatusCode = 1 }),
            new(At("$future-x1", 9), new ActorPidResponse { StatusCode = 2 }),
        ]),
        new("client",
        [
            new(At("echo"), Hello("hi"), Future.WithRequestId(5000)),
            To("echo", new Watch(new PID(ActorSystem.NoHost, "mine"))),
        ],
        FromClient: true),
        new("priority", [To("a", new Watch(Watcher)), To("a", new Urgent { Number = 300 })], Sequence: 78, IsPriority: true),
    ];

    internal OutboundTranslation Outbound(bool pidTargets) => FromClient
        ? OutboundTranslation.FromClient("c1", ModelEncoder.Peer, pidTargets)
        : OutboundTranslation.FromServer(ModelEncoder.Own, ModelEncoder.Peer, pidTargets);

    internal InboundTranslation Inbound => new(SenderAddress, ModelEncoder.Peer, isClient: false, address => address == ModelEncoder.Peer);

    /// <summary>The address that the sender's local PIDs have where they are read.</summary>
    internal string SenderAddress => FromClient ? "$client/c1" : ModelEncoder.Own;

    private static PID At(string id, uint requestId = 0) => new(ModelEncoder.Peer, id) { RequestId = requestId };

    private static RemoteDelivery To(string id, object message) => new(At(id), message);

    private static IMessage Hello(string text) => new Hello { Text = text };
}
