using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging;
using Proto;
using Proto.Remote;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>A peer that makes up names as fast as it can: senders, kinds, types, targets. Nothing is kept of them, and nobody is dialled.</summary>
[Trait("Behaviour", "T-16")]
[Collection(nameof(HostileScene))]
public sealed class FloodOfNamesTests
{
    private const int PerBatch = 1000;
    private const long Slack = 8 * 1024 * 1024;

    [Theory]
    [InlineData("senders", 1_000_000)]
    [InlineData("senders of messages that arrive", 100_000)]
    [InlineData("kinds", 100_000)]
    [InlineData("types", 100_000)]
    [InlineData("JSON types", 100_000)]
    [InlineData("targets", 100_000)]
    [InlineData("watchers", 100_000)]
    public async Task MadeUpNames_LeaveNothingBehind(string what, int full)
    {
        var count = TestScale.Count(full);
        var log = new CountingLog();
        await using var network = new InMemoryNetwork();
        var system = new ActorSystem();
        var options = new RemoteOptions { Hooks = { LoggerFactory = log, ListenerFactory = network, Connect = network.ConnectAsync, AllowDial = (_, _) => false } };
        await using var remote = new ReliableRemote(system, RemoteConfig.BindToLocalhost().WithProtoMessages(WrappersReflection.Descriptor), options);
        await remote.StartAsync().Within("the start");
        var settled = new SemaphoreSlim(0);
        system.Root.SpawnNamed(
            Props.FromFunc(context =>
            {
                if (context.Message is StringValue text)
                {
                    context.Respond(new StringValue { Value = text.Value });
                    if (text.Value == "settled")
                    {
                        settled.Release();
                    }
                }

                return Task.CompletedTask;
            }),
            "echo");
        await using var stranger = await Stranger.ConnectAsync(remote.Address, connect: network.ConnectAsync);
        await FloodAsync(stranger, what, 0, Math.Max(PerBatch, count / 4));
        await SettleAsync(stranger, settled, remote);
        var before = Collect();

        await FloodAsync(stranger, what, count, count);
        await SettleAsync(stranger, settled, remote);

        var after = Collect();
        Assert.True(after < before + Slack, $"{before:N0} bytes before and {after:N0} after {count:N0} {what}.");
        Assert.Equal(1, network.Dials);
        Assert.Empty(remote.GetEndpoints());
        Assert.InRange(log.Lines, 0, 200);
        await system.ShutdownAsync();
    }

    private static async Task FloodAsync(Stranger stranger, string what, int from, int count)
    {
        for (var i = from; i < from + count; i += PerBatch)
        {
            var batch = new Wire.MessageBatch { TypeNames = { "google.protobuf.StringValue" }, Targets = { ByteString.CopyFromUtf8(what == "senders" ? "nobody" : "echo") } };
            for (var n = i; n < i + PerBatch; n++)
            {
                Add(batch, what, n);
            }

            await stranger.SendAsync(new Wire.RemoteMessage { MessageBatch = batch });
        }
    }

    private static void Add(Wire.MessageBatch batch, string what, int n)
    {
        var envelope = new Wire.MessageEnvelope { MessageData = ByteString.Empty };
        switch (what)
        {
            case "kinds":
                if (batch.TypeNames.Count == 1)
                {
                    batch.TypeNames.Add("remote.ActorPidRequest");
                    batch.Targets.Add(ByteString.CopyFromUtf8("$activator"));
                }

                (envelope.TypeId, envelope.Target) = (1, 1);
                envelope.MessageData = new ActorPidRequest { Kind = $"kind{n}" }.ToByteString();
                break;
            case "types":
                batch.TypeNames.Add($"made.up.Type{n}");
                envelope.TypeId = batch.TypeNames.Count - 1;
                break;
            case "JSON types":
                batch.TypeNames.Add($"Made.Up.Type{n}, Made.Up");
                (envelope.TypeId, envelope.SerializerId) = (batch.TypeNames.Count - 1, 1);
                break;
            case "targets":
                batch.Targets.Add(ByteString.CopyFromUtf8($"target{n}"));
                envelope.Target = batch.Targets.Count - 1;
                break;
            case "watchers":
                if (batch.TypeNames.Count == 1)
                {
                    batch.TypeNames.Add("actor.Watch");
                }

                envelope.TypeId = 1;
                envelope.MessageData = new Watch { Watcher = new PID($"watcher{n}:1", "x") }.ToByteString();
                break;
            default:
                batch.Senders.Add(new Wire.PID { Address = $"moon{n}:1", Id = "x" });
                envelope.Sender = batch.Senders.Count;
                break;
        }

        batch.Envelopes.Add(envelope);
    }

    private static async Task SettleAsync(Stranger stranger, SemaphoreSlim settled, ReliableRemote remote)
    {
        await stranger.SendAsync("echo", new StringValue { Value = "settled" });
        Assert.True(await settled.WaitAsync(TestTime.Ceiling), "The actor was not reached.");
        await remote.Parts.Context.Events.WhenIdleAsync().Within("the events");
    }

    private static long Collect()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    /// <summary>Counts what is written: a peer must not fill a disk either.</summary>
    private sealed class CountingLog : ILoggerFactory, ILogger
    {
        private int _lines;

        public int Lines => Volatile.Read(ref _lines);

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Interlocked.Increment(ref _lines);
            }
        }

        public void Dispose()
        {
        }
    }
}
