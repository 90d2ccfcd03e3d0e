using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A node that receives: one address, one incarnation after the other.</summary>
internal sealed class FaultPeer(FaultSchedule schedule, int number, InMemoryNetwork network, TimeProvider time, MessageLedger ledger) : IAsyncDisposable
{
    private readonly TestLog _log = new();
    private ActorSystem _system = null!;
    private ReliableRemote _remote = null!;

    public string Address { get; } = string.Create(CultureInfo.InvariantCulture, $"peer{number}:8000");

    public static ByteString Payload(long stamp, int padding)
    {
        var bytes = new byte[sizeof(long) + padding];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, stamp);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    /// <summary>The stamp of a message of a schedule.</summary>
    public static long? StampOf(object? message) => message switch
    {
        BytesValue bytes => BinaryPrimitives.ReadInt64LittleEndian(bytes.Value.Span),
        Unserializable unserializable => unserializable.Stamp,
        _ => null,
    };

    public PID Target(int index) => new(Address, TargetId(index));

    public async Task StartAsync()
    {
        _system = new ActorSystem();
        var setup = new TestSetup { TimeProvider = time }.At(Address).UseNetwork(network);
        var options = new RemoteOptions { MaxMessageBytes = FaultSchedule.MaxMessageBytes };
        options.Endpoint.MaxBatchBytes = schedule.MaxBatchBytes;
        options.Hooks.LoggerFactory = _log;
        setup.Fill(options.Hooks);
        _remote = new ReliableRemote(_system, setup.ToConfig(), options);

        // Before anybody can send: what arrives without its target would be a dead letter of this node.
        for (var index = 0; index < schedule.Targets; index++)
        {
            _system.Root.SpawnNamed(Props.FromFunc(Receive), TargetId(index));
        }

        await _remote.StartAsync().Within($"starting {Address}");
    }

    /// <summary>Ends this incarnation: reads what has arrived, lets the actors take it, and stops.</summary>
    public async Task StopAsync()
    {
        await _remote.ShutdownAsync().Within($"shutting down {Address}");
        for (var index = 0; index < schedule.Targets; index++)
        {
            await _system.Root.PoisonAsync(Target(index)).Within($"stopping the targets of {Address}");
        }

        await _system.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _log.VerifyNoErrors();
    }

    private static string TargetId(int index) => string.Create(CultureInfo.InvariantCulture, $"target{index}");

    private Task Receive(IContext context)
    {
        if (StampOf(context.Message) is { } stamp)
        {
            ledger.Deliver(stamp);
        }

        return Task.CompletedTask;
    }

    /// <summary>Nobody knows how to write this: JSON takes everything but types.</summary>
    public sealed record Unserializable(long Stamp)
    {
        public System.Type Kind => typeof(Unserializable);
    }
}
