using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging.Abstractions;
using Proto;

namespace Remote.Tests;

/// <summary>
/// Proto.Actor logs dead letters by itself, ours included: nothing as long as its settings are untouched, and as many as they allow. Its log is
/// one for the whole process, so these tests run alone.
/// </summary>
[Trait("Behaviour", "I-07")]
[Collection(nameof(ProtoActorLogTests))]
[CollectionDefinition(nameof(ProtoActorLogTests), DisableParallelization = true)]
public sealed class ProtoActorLogTests : IDisposable
{
    private const int Flood = 100_000;

    private readonly TestLog _log = new();

    public ProtoActorLogTests() => Log.SetLoggerFactory(_log);

    public void Dispose()
    {
        Log.SetLoggerFactory(NullLoggerFactory.Instance);
        _log.Dispose();
    }

    [Fact]
    public async Task DeadLetters_WithSettingsThatAreUntouched_AreNotLogged()
    {
        await FloodAsync(new ActorSystemConfig());

        Assert.Equal(0, Written());
    }

    [Fact]
    public async Task DeadLetters_WithSettings_AreLoggedSoManyTimes()
    {
        await FloodAsync(new ActorSystemConfig().WithDeadLetterThrottleCount(10).WithDeadLetterThrottleInterval(TimeSpan.FromHours(1)));

        Assert.Equal(10, Written());
    }

    private static async Task FloodAsync(ActorSystemConfig config)
    {
        await using var node = await TestNode.StartAsync(system: config);
        for (var number = 0; number < Flood; number++)
        {
            node.Root.Send(PID.FromAddress("nonsense", "x"), new Empty());
        }

        Assert.Equal(Flood, (await node.PublishedAsync<RemoteDeadLetterEvent>()).Count);
    }

    private int Written() => _log.Lines.Count(line => line.Text.Contains("[DeadLetter]", StringComparison.Ordinal));
}
