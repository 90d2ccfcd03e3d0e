using Microsoft.Extensions.Logging;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Whoever reaches the port can make the web server write: of each kind so much an interval, and nothing of each request.</summary>
[Trait("Behaviour", "T-16")]
public sealed class WebServerLogTests : IDisposable
{
    private const string Quiet = "Microsoft.AspNetCore.Hosting.Diagnostics";
    private const string Debugged = "Remote.Tests";

    private static readonly EventId Kind = new(60, "Http2QueueOperationsExceeded");
    private static readonly EventId Other = new(61, "Other");

    private readonly ManualTimeProvider _time = new();
    private readonly TestLog _lines = new();

    public void Dispose() => _lines.Dispose();

    [Fact]
    public void Flood_OfOneKind_IsWrittenTenTimesAndCounted_AndHoldsNoOtherUp()
    {
        var log = Factory().CreateLogger(Quiet);

        Write(log, LogLevel.Critical, Kind, 1_000);
        Write(log, LogLevel.Warning, Other, 1);
        _time.Advance(LogValve.DefaultInterval);

        Assert.Equal(LogValve.DefaultCount, _lines.Lines.Count(line => line.Event.Name == Kind.Name));
        Assert.Single(_lines.Lines, line => line.Event.Name == Other.Name);
        var left = Assert.Single(_lines.Lines, line => line.Event.Name == "EntriesLeftOut");
        Assert.Equal((LogLevel.Critical, Quiet), (left.Level, left.Category));
        Assert.StartsWith($"{1_000 - LogValve.DefaultCount} more {Kind.Name}", left.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_AreThoseOfTheActorSystem()
    {
        var config = ActorSystemConfig.Setup() with { DeadLetterThrottleCount = 3, DeadLetterThrottleInterval = TimeSpan.FromSeconds(1) };
        var log = Factory(config).CreateLogger(Quiet);

        Write(log, LogLevel.Warning, Kind, 5);
        _time.Advance(TimeSpan.FromSeconds(1));
        Write(log, LogLevel.Warning, Kind, 1);

        Assert.Equal(4, _lines.Lines.Count(line => line.Event.Name == Kind.Name));
    }

    /// <summary>"Request starting" of each stream, for example.</summary>
    [Theory]
    [InlineData(Quiet, 0)]
    [InlineData(Debugged, 100)]
    public void Information_IsWrittenOnlyWhereDebuggingIsAskedFor(string category, int expected)
    {
        var log = Factory().CreateLogger(category);

        Write(log, LogLevel.Information, Kind, 100);

        Assert.Equal((expected, expected > 0), (_lines.Lines.Count, log.IsEnabled(LogLevel.Information)));
    }

    /// <summary>A real listener: calls that are opened and reset leave nothing in a log that asks for information.</summary>
    [Fact]
    public async Task Listener_CallsAreOpenedAndReset_SaysNothingOfEach()
    {
        await using var node = await TestNode.StartAsync();
        node.Log.Expect("Http2QueueOperationsExceeded");
        node.Log.Expect("ApplicationNeverCompleted");
        node.Log.Expect("EntriesLeftOut");

        await ListenerScripts.All["rapid reset"](node.Address).Within("the flood");

        Assert.DoesNotContain(node.Log.Lines, line => line.Level == LogLevel.Information && !line.Category.StartsWith("Remote", StringComparison.Ordinal));
    }

    private WebServerLog Factory(ActorSystemConfig? config = null) => new(_lines, log => new LogValve(log, new LogLimits(config ?? ActorSystemConfig.Setup()), _time));

    private static void Write(ILogger log, LogLevel level, EventId kind, int times)
    {
        for (var i = 0; i < times; i++)
        {
            log.Log(level, kind, i, null, static (number, _) => $"number {number}");
        }
    }
}
